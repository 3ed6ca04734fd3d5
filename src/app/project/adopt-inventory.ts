import { pathFrom } from '../../core/absolute-path.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { iniValue } from '../../core/ini.ts'
import type { Ports } from '../../core/ports.ts'

/** What of Ansible is in a directory already. Paths as the manifest takes them, from the root. */
export interface AnsibleSetup {
  readonly hasConfig: boolean
  /** Where the inventory is; null when there is none. */
  readonly inventory: string | null
  /** True when the manifest must name it, as no convention leads there. */
  readonly mustName: boolean
  /** `vault_password_file` of ansible.cfg; one that can be executed is a program that prints it, as for Ansible. */
  readonly password: { readonly path: string; readonly isProgram: boolean } | null
}

const usual = ['inventory/hosts', 'inventory/hosts.yml', 'inventory/hosts.yaml', 'inventory/hosts.ini', 'inventory.ini']
const more = ['inventory.yml', 'inventory.yaml', 'hosts', 'hosts.ini', 'hosts.yml', 'hosts.yaml', 'inventory']

/** Looks for ansible.cfg and an inventory; the file of ansible.cfg wins, as it does for Ansible. Those are the default
 *  environment's: another one has the inventory of its name, or none. */
export const findAnsibleProject = async (
  { files }: Pick<Ports, 'files'>,
  root: string,
  environment: string,
): Promise<AnsibleSetup> => {
  const own = `inventory/${environment}`
  if (environment !== defaultEnvironment) {
    const isThere = (await files.stat(`${root}/${own}`)) !== null
    return { hasConfig: false, password: null, inventory: isThere ? own : null, mustName: false }
  }
  const bytes = await files.read(`${root}/ansible.cfg`, { max: 1024 * 1024 })
  const config = bytes === null ? '' : new TextDecoder().decode(bytes)
  const configured = iniValue(config, 'defaults', 'inventory')
  const found = { hasConfig: bytes !== null, password: await findPassword({ files }, root, config) }
  if (configured !== null) return { ...found, inventory: configured, mustName: false }
  for (const path of [own, ...usual, ...more]) {
    const facts = await files.stat(`${root}/${path}`)
    if (facts?.kind === 'file' || (facts?.kind === 'directory' && path === own)) {
      return { ...found, inventory: path, mustName: path !== own }
    }
  }
  return { ...found, inventory: null, mustName: false }
}

const findPassword = async (
  { files }: Pick<Ports, 'files'>,
  root: string,
  config: string,
): Promise<AnsibleSetup['password']> => {
  const path = iniValue(config, 'defaults', 'vault_password_file')
  if (path === null || path === '' || path.startsWith('~')) return path ? { path, isProgram: false } : null
  const facts = await files.stat(pathFrom(root, path))
  return { path, isProgram: facts !== null && (facts.mode & 0o111) !== 0 }
}
