import { pathFrom } from '../../core/absolute-path.ts'
import { utf8Locale } from '../../core/health.ts'
import { iniValue } from '../../core/ini.ts'
import type { Ports } from '../../core/ports.ts'
import { ansibleText } from './init-texts.ts'
import type { Project } from './project.ts'

const ours = '.lockstep/collections'

/** What the settings of Ansible lack to find our collection, as a sentence; null where nothing is lacking. `lockstep`
 *  itself does not need it: a playbook that is run by hand does. */
export const collectionsAdvice = async (
  { files, machine }: Pick<Ports, 'files' | 'machine'>,
  { root }: Project,
): Promise<{ readonly path: string; readonly says: string } | null> => {
  const named = machine.environment['ANSIBLE_COLLECTIONS_PATH'] ?? machine.environment['ANSIBLE_COLLECTIONS_PATHS']
  if (named?.includes(ours) === true) return null
  const chosen = machine.environment['ANSIBLE_CONFIG']
  for (const path of chosen === undefined ? [`${root}/ansible.cfg`, `${machine.home}/.ansible.cfg`] : [chosen]) {
    const bytes = await files.read(pathFrom(machine.cwd, path), { max: 1024 * 1024 })
    if (bytes === null) continue
    const shown = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
    return lacking(new TextDecoder().decode(bytes), shown, path === `${root}/ansible.cfg` ? ours : `${root}/${ours}`)
  }
  return null
}

const lacking = (
  text: string,
  path: string,
  place: string,
): { readonly path: string; readonly says: string } | null => {
  const set = iniValue(text, 'defaults', 'collections_path') ?? iniValue(text, 'defaults', 'collections_paths')
  if (set?.includes(ours) === true) return null
  const usual = iniValue(ansibleText, 'defaults', 'collections_path')?.replace(ours, place) ?? place
  const line = `collections_path = ${set === null ? usual : `${place}:${set}`}`
  return { path, says: `playbooks run by hand need this line in ${path}, below [defaults]: ${line}` }
}

/** Can Ansible read all of this inventory? True where there is none to ask. */
export const isReadable = async (
  { exec, machine }: Pick<Ports, 'exec' | 'machine'>,
  root: string,
  inventory: string,
): Promise<boolean> => {
  const program = await exec.find('ansible-inventory')
  if (program === null) return true
  const env = {
    ...machine.environment,
    LC_ALL: utf8Locale(machine.platform),
    ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'True',
    LOCKSTEP_PASSWORD_FILE: undefined,
  }
  return (await exec.run(program, ['-i', inventory, '--list'], { cwd: root, env })).status === 0
}
