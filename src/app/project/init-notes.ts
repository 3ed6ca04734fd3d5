import { groupOf } from '../../core/manifest/manifest.ts'
import { pathWord, shellWord } from '../../core/host-text.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { AnsibleSetup } from './adopt-inventory.ts'
import type { FoundValues } from './adopt-values.ts'
import { askGit } from '../git/ask-git.ts'
import { passwordInProject } from './doctor-git.ts'
import type { UnfitPassword } from './init-password.ts'
import type { Project } from './project.ts'
import { manifestName } from './project.ts'

/** What init took over, as it tells it. */
export const adopted = (
  project: Project,
  { hasConfig, inventory, password }: AnsibleSetup,
  { sealed, plain }: FoundValues,
  isSealedAnew: boolean,
): readonly { readonly path: string; readonly as: string }[] => {
  const anew = isSealedAnew ? ', sealed anew with the password of the project' : ''
  return [
    ...(hasConfig ? [{ path: 'ansible.cfg', as: 'settings of Ansible' }] : []),
    ...(inventory === null ? [] : [{ path: inventory, as: 'inventory' }]),
    ...(password === null ? [] : [{ path: password.path, as: 'project password' }]),
    ...sealed.map((file) => ({ path: `${project.paths.secretsName}/${file.path}`, as: `group ${file.group}${anew}` })),
    ...plain.map(({ source, file }) => ({ path: source, as: `copied into group ${file.group}` })),
  ]
}

export const aboutUnfit = ({ path, why, password }: UnfitPassword): string => {
  const says = `ansible.cfg names a vault_password_file that ${why}: lockstep uses .vault-password, of its own`
  if (password === null) return says
  return `${says}; other files that the old one sealed: lockstep import FILE --source-password-file ${homeWord(path)}`
}

/** A path as ansible.cfg may have it, with `~/` for the shell to read. */
const homeWord = (path: string): string => (path.startsWith('~/') ? `~/${shellWord(path.slice(2))}` : pathWord(path))

/** Files in the project that git must not have: values in plain text, its password, and one of Ansible's. */
export const exposedFiles = (
  project: Project,
  { password }: AnsibleSetup,
  { exposed }: FoundValues,
): readonly string[] => {
  const ofAnsible = password === null || password.isProgram ? '' : password.path
  const files = [ofAnsible.replace(`${project.root}/`, ''), passwordInProject(project)]
    .map((path) => path.replace(/^\.\//, ''))
    .filter((path) => !/^[/~]|^$|\.\.\/|^\.vault-password/.test(path))
  return [...new Set([...exposed, ...files])]
}

/** Groups that a manifest of somebody's own, which lists its groups, does not list. */
export const undeclared = ({ manifest }: Project, { sealed, plain }: FoundValues): readonly string[] => {
  const found = new Set([...sealed, ...plain.map(({ file }) => file)].map(({ group }) => group))
  return Array.from(found)
    .filter((group) => manifest.groups.length > 0 && groupOf(manifest, group) === null)
    .map((group) => `group ${group} is not among the groups of ${manifestName}: add it, or nobody gets it`)
}

export const aboutSpare = ({ spare }: FoundValues): readonly string[] =>
  spare.length === 0
    ? []
    : [`what was copied still lies in plain text: rm ${spare.map(pathWord).join(' ')}, once lockstep list is right`]

/** To be ignored says nothing to git of a file that it has. */
export const aboutTracked = async (
  ports: Pick<Ports, 'exec'>,
  root: string,
  exposed: readonly string[],
): Promise<readonly string[]> => {
  const git = exposed.length === 0 ? null : await askGit(ports, root)
  if (git === null) return []
  const listed = await git('ls-files', '-z', '--', ...exposed)
  const tracked = (listed ?? '').split('\0').filter((path) => path !== '')
  if (tracked.length === 0) return []
  const shown = tracked.map(quoteName).join(', ')
  const files = tracked.map(pathWord).join(' ')
  return [`git has ${shown}: git rm --cached ${files}; who can read the repository knows these values, so replace them`]
}
