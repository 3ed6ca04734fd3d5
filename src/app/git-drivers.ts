import { fail } from '../core/errors.ts'
import type { Ports } from '../core/ports.ts'

/** Tells the git of this clone how to merge and show files of secrets; which files these are stands in .gitattributes.
 *  `program` is what git's shell calls. Gives the settings that were changed: none where all is set already, null
 *  outside of git.
 *  @throws UNSAFE when git refuses */
export const registerGitDrivers = async (
  { exec }: Pick<Ports, 'exec'>,
  root: string,
  program = 'lockstep',
): Promise<readonly string[] | null> => {
  if ((await exec.find('git')) === null) return null
  const git = async (...args: readonly string[]): Promise<{ readonly status: number; readonly text: string }> => {
    const { status, stdout } = await exec.run('git', ['-C', root, ...args])
    return { status, text: new TextDecoder().decode(stdout).trimEnd() }
  }
  if ((await git('rev-parse', '--git-dir')).status !== 0) return null
  const below = (await git('rev-parse', '--show-prefix')).text.replace(/\/$/, '')
  const changed: string[] = []
  for (const [name, value] of settingsFor(program, below)) {
    if ((await git('config', '--local', '--get', name)).text === value) continue
    const { status } = await git('config', '--local', name, value)
    if (status !== 0) throw fail('UNSAFE', `git does not take the setting ${name}`, { at: root })
    changed.push(name)
  }
  return changed
}

/** git calls a text converter with a path and nothing else, so where the project is goes into the setting. */
const settingsFor = (program: string, below: string): readonly (readonly [name: string, value: string])[] => [
  ['merge.lockstep.name', 'secrets, merged by name'],
  ['merge.lockstep.driver', `${program} git merge-driver %O %A %B %P`],
  [
    'diff.lockstep.textconv',
    `${program} git diff-text${below === '' ? '' : ` --root '${below.replaceAll("'", `'\\''`)}'`}`,
  ],
]
