import { fail } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { Git } from '../git/ask-git.ts'
import { askGit } from '../git/ask-git.ts'
import type { Project } from '../project/project.ts'
import { manifestName } from '../project/project.ts'

/** What git says of the files that are about to be delivered. Where there is no git, or the project is in no
 *  repository, nothing.
 *  @throws CONFLICT for a merge that is not resolved: a file of secrets holds our side of it, and says so nowhere */
export const checkCommitted = async (ports: Pick<Ports, 'exec'>, project: Project): Promise<readonly string[]> => {
  const paths = [manifestName, project.paths.secretsName]
  const git = await askGit(ports, project.root)
  const status = (await git?.('status', '--porcelain', '-z', '--no-renames', '--', ...paths)) ?? ''
  const lines = status.split('\0').filter((line) => line !== '')
  if (git !== null && lines.some((line) => unmerged.has(line.slice(0, 2)))) throw await unresolved(git, paths)
  const changed = paths.filter((path) => lines.some((line) => `${line.slice(3)}/`.includes(`${path}/`)))
  if (changed.length === 0) return []
  const names = changed.map((path) => (path === manifestName ? path : `${path}/`)).join(' and ')
  const verb = changed.length === 1 ? 'has' : 'have'
  return [`${names} ${verb} changes that are not committed: git commit and push, or others cannot deploy`]
}

/** As git status says of both sides. */
const unmerged: ReadonlySet<string> = new Set(['DD', 'AU', 'UD', 'UA', 'DU', 'AA', 'UU'])

const unresolved = async (git: Git, paths: readonly string[]): Promise<Error> => {
  const named = await git('diff', '--name-only', '-z', '--diff-filter=U', '--relative', '--', ...paths)
  const files = (named ?? '').split('\0').filter((line) => line !== '')
  const shown = files.map(quoteName).join(', ')
  return fail('CONFLICT', `the merge is not resolved: ${shown} may hold one side only; nothing was delivered`, {
    hint: `give each secret that both branches changed the value you mean: lockstep set NAME; then git add ${files.map(pathWord).join(' ')} and git commit`,
  })
}
