import { pathFrom } from '../../core/absolute-path.ts'
import { SecretsError } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { parseDotenv } from '../../core/formats/dotenv.ts'
import { openVault } from '../../crypto/ansible-vault.ts'
import { sha256 } from '../../crypto/derive.ts'
import { fingerprint } from '../../crypto/fingerprint.ts'
import { openProject } from '../project/open-project.ts'
import { findProject, readProject, type Project } from '../project/project.ts'
import { passwordForGit, type PasswordPorts } from '../project/project-password.ts'

/** A file of secrets as git diff may show it: a line of name and fingerprint for each secret, and no value. What cannot
 *  be opened here is shown as that, with a hash of the encrypted bytes, so that a diff still says that it changed. */
export const textForGit = async (ports: PasswordPorts, file: string): Promise<string> => {
  const path = pathFrom(ports.machine.cwd, file)
  const bytes = (await ports.files.read(path)) ?? new Uint8Array()
  if (bytes.length === 0) return ''
  const unopened = `cannot be opened here; encrypted bytes ${sha256(bytes).slice(0, 12)}\n`
  try {
    const project = await findProject(ports)
    for (const environment of [project.environment, ...project.manifest.environments]) {
      const text = await openAs(ports, await readProject(ports, project.root, environment), bytes)
      if (text !== null) return text
    }
    return unopened
  } catch (error) {
    // git shows nothing at all when this fails: what can be said is said.
    if (error instanceof SecretsError) return unopened
    throw error
  }
}

const openAs = async (
  ports: Pick<Ports, 'files'> & PasswordPorts,
  project: Project,
  bytes: Uint8Array,
): Promise<string | null> => {
  try {
    const { password } = await passwordForGit(ports, project)
    const { plaintext } = await openVault(bytes, password)
    const { fingerprint: key } = await openProject(ports, project, password).keys()
    const entries = parseDotenv(new Secret(plaintext).reveal())
    return entries.map(({ name, value }) => `${name} ${fingerprint(key, name, value)}\n`).join('')
  } catch (error) {
    if (error instanceof SecretsError) return null
    throw error
  }
}
