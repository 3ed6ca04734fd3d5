import type { Ports } from '../../core/ports.ts'

/** What git prints, all of it; null when it says no. */
export type Git = (...args: readonly string[]) => Promise<string | null>

/** Asks git about a directory, without locks of its own; null where there is no git. */
export const askGit = async ({ exec }: Pick<Ports, 'exec'>, directory: string): Promise<Git | null> => {
  if ((await exec.find('git')) === null) return null
  return async (...args) => {
    const words = ['--no-optional-locks', '-C', directory, ...args]
    const { status, stdout } = await exec.run('git', words, { timeout: 20_000 })
    return status === 0 ? new TextDecoder().decode(stdout) : null
  }
}

/** The same; null also where the directory is in no repository. */
export const askRepository = async (ports: Pick<Ports, 'exec'>, directory: string): Promise<Git | null> => {
  const git = await askGit(ports, directory)
  return git === null || (await git('rev-parse', '--git-dir')) === null ? null : git
}
