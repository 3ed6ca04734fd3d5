import { fail } from '../../core/errors.ts'
import { quoteName } from '../../core/names.ts'
import type { Secret } from '../../core/secret.ts'
import { findProject, type Project } from '../project/project.ts'
import { withProject, type OpenPorts } from '../project/with-project.ts'

/** The project password for an Ansible vault-id: the project's name, with `.ENVIRONMENT` for another than the default
 *  one; without a vault-id, that of `environment`.
 *  @throws USAGE, which ends with the status that Ansible takes for "not mine", for any other vault-id; as
 *  projectPassword */
export const passwordForVaultId = async (
  ports: OpenPorts,
  vaultId: string | undefined,
  environment?: string,
): Promise<Secret> => {
  const found = await findProject(ports, { environment })
  if (vaultId === undefined) return loggedPassword(ports, found)
  const { project, environments } = found.manifest
  const wanted = vaultId === project ? found.environment : vaultId.slice(project.length + 1)
  const isOurs = vaultId === project || (vaultId.startsWith(`${project}.`) && environments.includes(wanted))
  if (isOurs) return loggedPassword(ports, await findProject(ports, { environment: wanted }))
  throw fail('USAGE', `no password for the vault-id ${quoteName(vaultId)} here`, {
    hint: `this project's are ${[project, ...environments.map((name) => `${project}.${name}`)].join(', ')}`,
  })
}

/** Who has it can open all of the secrets. */
const loggedPassword = (ports: OpenPorts, project: Project): Promise<Secret> =>
  withProject(ports, project, { action: 'read', names: { password: true } }, async (open) => {
    await open.keys()
    return open.password
  })
