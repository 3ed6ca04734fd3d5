import { fail } from '../../core/errors.ts'
import { quoted } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'
import { askGit } from './ask-git.ts'

/** Tells the git of this clone how to merge and show files of secrets; which files these are stands in .gitattributes.
 *  `program` is what git's shell calls: by default the one on PATH, else the project's own of node_modules. Gives the
 *  settings that were changed: none where all is set already, null outside of git.
 *  @throws UNSAFE when git refuses */
export const registerGitDrivers = async (
  ports: Pick<Ports, 'exec' | 'files'>,
  root: string,
  program?: string,
): Promise<readonly string[] | null> => {
  const git = await askGit(ports, root)
  const prefix = (await git?.('rev-parse', '--show-prefix')) ?? null
  if (git === null || prefix === null) return null
  const below = prefix.trimEnd().replace(/\/$/, '')
  const local = `${root}/node_modules/.bin/lockstep`
  const isLocal = (await ports.exec.find('lockstep')) === null && (await ports.files.stat(local)) !== null
  const called = program ?? (isLocal ? quoted(local) : 'lockstep')
  const changed: string[] = []
  for (const [name, value] of settingsFor(called, below)) {
    if ((await git('config', '--local', '--get', name))?.trimEnd() === value) continue
    if ((await git('config', '--local', name, value)) === null)
      throw fail('UNSAFE', `git does not take the setting ${name}`, {
        at: root,
        hint: `git config --local ${name} x says why`,
      })
    changed.push(name)
  }
  return changed
}

/** git calls a text converter with a path and nothing else, so where the project is goes into the setting. Without the
 *  program `git diff` still works, and a merge is a conflict. */
const settingsFor = (program: string, below: string): readonly (readonly [name: string, value: string])[] => {
  const root = below === '' ? '' : ` --root ${quoted(below)}`
  return [
    ['merge.lockstep.name', 'secrets, merged by name'],
    ['merge.lockstep.driver', `${program} git merge-driver %O %A %B %P`],
    ['diff.lockstep.textconv', `f() { ${program} git diff-text${root} "$1" || sha256sum <"$1"; }; f`],
  ]
}
