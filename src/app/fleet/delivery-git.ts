import { fail } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { Project } from '../project/project.ts'
import { manifestName } from '../project/project.ts'

type GitPorts = Pick<Ports, 'exec'>

/** What git says of the files that are about to be delivered. Where there is no git, or the project is in no
 *  repository, nothing.
 *  @throws CONFLICT for a merge that is not resolved: a file of secrets holds our side of it, and says so nowhere */
export const askGit = async (ports: GitPorts, project: Project): Promise<readonly string[]> => {
  const paths = [manifestName, project.paths.secretsName]
  const status = await git(ports, project, ['status', '--porcelain', '-z', '--no-renames', '--', ...paths])
  const lines = (status ?? '').split('\0').filter((line) => line !== '')
  if (lines.some((line) => unmerged.has(line.slice(0, 2)))) throw await unresolved(ports, project, paths)
  const changed = paths.filter((path) => lines.some((line) => `${line.slice(3)}/`.includes(`${path}/`)))
  if (changed.length === 0) return []
  const names = changed.map((path) => (path === manifestName ? path : `${path}/`)).join(' and ')
  const verb = changed.length === 1 ? 'has' : 'have'
  return [`${names} ${verb} changes that are not committed: git commit and push, or others cannot deploy`]
}

/** As git status says of both sides. */
const unmerged: ReadonlySet<string> = new Set(['DD', 'AU', 'UD', 'UA', 'DU', 'AA', 'UU'])

const unresolved = async (ports: GitPorts, project: Project, paths: readonly string[]): Promise<Error> => {
  const named = await git(ports, project, [
    'diff',
    '--name-only',
    '-z',
    '--diff-filter=U',
    '--relative',
    '--',
    ...paths,
  ])
  const files = (named ?? '').split('\0').filter((line) => line !== '')
  const shown = files.map(quoteName).join(', ')
  return fail('CONFLICT', `the merge is not resolved: ${shown} may hold one side only; nothing was delivered`, {
    hint: `give each secret that both branches changed the value you mean: lockstep set NAME; then git add ${files.map(pathWord).join(' ')} and git commit`,
  })
}

/** What git prints, or null when it says no, or is not there. */
const git = async ({ exec }: GitPorts, { root }: Project, args: readonly string[]): Promise<string | null> => {
  if ((await exec.find('git')) === null) return null
  const { status, stdout } = await exec.run('git', ['--no-optional-locks', '-C', root, ...args], { timeout: 20_000 })
  return status === 0 ? new TextDecoder().decode(stdout) : null
}
