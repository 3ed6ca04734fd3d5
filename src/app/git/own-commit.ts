import { fail, hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'
import type { Git } from './ask-git.ts'

/** Where the clone's branch goes. */
export interface Branch {
  readonly name: string
  /** Null: it is pulled from nowhere. */
  readonly upstream: Upstream | null
}

export interface Upstream {
  readonly remote: string
  /** `refs/heads/main`. */
  readonly ref: string
}

/** @throws CONFIG where a commit would be of no branch, or of nobody */
export const ownBranch = async (git: Git): Promise<Branch> => {
  const name = (await git('symbolic-ref', '--quiet', '--short', 'HEAD'))?.trim() ?? ''
  if (name === '') {
    throw fail('CONFIG', 'this clone is on no branch: a commit would be lost', { hint: 'git switch main' })
  }
  if ((await git('var', 'GIT_COMMITTER_IDENT')) === null || (await git('var', 'GIT_AUTHOR_IDENT')) === null) {
    throw fail('CONFIG', 'git does not know whose the commit would be', {
      hint: 'git config user.name NAME && git config user.email ADDRESS',
    })
  }
  const [remote, ref] = [await git('config', `branch.${name}.remote`), await git('config', `branch.${name}.merge`)]
  const isNamed = remote !== null && ref !== null && !remote.startsWith('-')
  return { name, upstream: isNamed ? { remote: remote.trim(), ref: ref.trim() } : null }
}

/** Whether the branch there has what this clone lacks; null: nobody answered. */
export const isBehind = async (git: Git, { remote, ref }: Upstream): Promise<boolean | null> => {
  const listed = await git(...(await unasked(git)), 'ls-remote', '--', remote, ref).catch(notInTime)
  if (listed === null) return null
  const there = listed
    .split('\n')
    .find((line) => line.endsWith(`\t${ref}`))
    ?.split('\t')[0]
  return there !== undefined && (await git('merge-base', '--is-ancestor', there, 'HEAD')) === null
}

const notInTime = (error: unknown): null => {
  if (hasCode(error, 'UNAVAILABLE')) return null
  throw error
}

/** Commits below `path` that the branch there does not have, as far as this clone knows. */
export const unpushed = async (git: Git, path: string): Promise<boolean> =>
  ((await git('rev-list', '--max-count=1', '@{upstream}..HEAD', '--', path)) ?? '').trim() !== ''

/** Nobody is there to be asked for a password. */
const unasked = async (git: Git): Promise<readonly string[]> => {
  const ssh = (await git('config', 'core.sshCommand'))?.trim() ?? 'ssh'
  return ['-c', 'core.askPass=true', '-c', `core.sshCommand=${ssh} -o BatchMode=yes`]
}

/** Long enough for hooks that look at what is committed. */
const longest = 120_000

interface OwnCommit {
  /** From the root. Whatever else is staged stays staged. */
  readonly paths: readonly string[]
  readonly message: string
}

/** Gives the commit's short id. @throws UNAVAILABLE where git refuses, a hook of the repository for instance */
export const commitOwn = async (
  { exec }: Pick<Ports, 'exec'>,
  git: Git,
  root: string,
  { paths, message }: OwnCommit,
): Promise<string> => {
  const run = (...args: readonly string[]): ReturnType<typeof exec.run> =>
    exec.run('git', ['-C', root, '--literal-pathspecs', ...args, '--', ...paths], { input: message, timeout: longest })
  const added = await run('add', '--all')
  const { status } = added.status === 0 ? await run('commit', '--quiet', '--only', '--file=-') : added
  const id = status === 0 ? ((await git('rev-parse', '--short', 'HEAD')) ?? '').trim() : ''
  if (/^[0-9a-f]{4,64}$/.test(id)) return id
  throw fail('UNAVAILABLE', `git did not commit: it ended with ${status}`, {
    hint: `git add ${paths.map(pathWord).join(' ')} && git commit says why`,
  })
}

/** @throws UNAVAILABLE where it is not taken, or nobody answers */
export const pushOwn = async (
  { exec }: Pick<Ports, 'exec'>,
  git: Git,
  root: string,
  { remote, ref }: Upstream,
): Promise<void> => {
  const words = ['-C', root, ...(await unasked(git)), 'push', '--quiet', '--', remote, `HEAD:${ref}`]
  const { status } = await exec.run('git', words, { timeout: longest })
  if (status === 0) return
  throw fail('UNAVAILABLE', `it is committed and not pushed: git push ended with ${status}`, {
    hint: 'git push; where the branch there has moved on: git pull --no-rebase && git push',
  })
}
