import { pathWord } from '../../core/host-text.ts'
import type { Check } from '../../core/health.ts'
import { good, noted, wrong } from '../../core/health.ts'
import type { Ports } from '../../core/ports.ts'
import type { Git } from '../git/ask-git.ts'
import { askGit } from '../git/ask-git.ts'
import type { Project } from './project.ts'

type GitPorts = Pick<Ports, 'exec' | 'files'>

/** What git knows of this project: that the password is not in it, and how files of secrets are merged. */
export const checkGit = async (ports: GitPorts, project: Project): Promise<readonly Check[]> => {
  const git = await askGit(ports, project.root)
  if (git === null) return [noted('git', 'not installed; the project is meant to be in it')]
  if ((await git('rev-parse', '--git-dir')) === null)
    return [noted('git', 'this project is in no repository', 'git init')]
  const password = passwordInProject(project)
  const isThere = (await ports.files.stat(`${project.root}/${password}`)) !== null
  const isTracked = (await git('ls-files', '--error-unmatch', '--', password)) !== null
  const isIgnored = (await git('check-ignore', '--quiet', '--', password)) !== null
  const driver = await git('config', '--get', 'merge.lockstep.driver')
  return [
    ...(isTracked
      ? [
          wrong(
            password,
            'is in git: everybody with the repository has it',
            `git rm --cached ${pathWord(password)}, then lockstep rekey`,
          ),
        ]
      : []),
    ...(isThere && !isTracked && !isIgnored
      ? [wrong(password, 'is not ignored by git', 'lockstep init adds the line')]
      : []),
    ...(await ignoredSecrets(git, project)),
    ...(driver === null
      ? [noted('git', 'this clone does not know how to merge secrets', 'lockstep init')]
      : [good('git', 'merges secrets by name')]),
  ]
}

/** The file of the project that holds its password, or would. */
export const passwordInProject = ({ root, manifest, paths }: Project): string => {
  const named = manifest.password?.kind === 'file' ? manifest.password.path : ''
  return /^[/~]|^$|\.\.\//.test(named) ? paths.password.slice(root.length + 1) : named
}

/** Values that nobody else gets with git pull. */
const ignoredSecrets = async (git: Git, { paths }: Project): Promise<readonly Check[]> => {
  const file = `${paths.secretsName}/app.env`
  if ((await git('check-ignore', '--quiet', '--no-index', '--', file)) === null) return []
  const hint = `git check-ignore -v ${file} names the line of .gitignore: take it out, or put !/${paths.secretsName}/**/*.env behind it`
  return [wrong(paths.secretsName, 'its files are ignored by git', hint)]
}
