import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail, hasCode } from '../core/errors.ts'
import { pathWord } from '../core/host-text.ts'
import { quoteName } from '../core/names.ts'
import { publish } from './atomic-write.ts'
import { type DirectoryHandle, splitPath, withDirectory } from './directory-handle.ts'
import { isRunning, ownIdentity, parseIdentity, type ProcessIdentity } from './process-identity.ts'
import { readWhole } from './safe-read.ts'
import { absent, mapped, nullOn } from './system-error.ts'

const defaultWait = 10_000
const poll = 25
const largest = 4096

/** See Files.locked. */
export const withLock = async <T>(
  path: string,
  work: () => Promise<T>,
  { wait = defaultWait }: { readonly wait?: number } = {},
): Promise<T> => {
  const { directory, name } = splitPath(path)
  const own = `${JSON.stringify(await ownIdentity())}\n`
  await mapped('lock', path, () => withDirectory(directory, { make: 0o700 }, (held) => acquire(held, name, own, wait)))
  try {
    return await work()
  } finally {
    await mapped('unlock', path, () => withDirectory(directory, {}, (held) => release(held, name, own)))
  }
}

const acquire = async (directory: DirectoryHandle, name: string, own: string, wait: number): Promise<void> => {
  const deadline = performance.now() + wait
  while (!(await claim(directory, name, own))) {
    const holder = await readHolder(directory, name)
    if (holder === null) continue
    const running = await isRunning(holder.identity)
    if (running === 'no' && (await takeAway(directory, name, holder.text, own))) continue
    if (performance.now() >= deadline) throw heldBy(join(directory.path, name), holder.identity, running)
    await sleep(poll + Math.random() * poll)
  }
}

/** True when the lock is now ours. */
const claim = async (directory: DirectoryHandle, name: string, own: string): Promise<boolean> => {
  try {
    await publish(directory, name, new TextEncoder().encode(own), { durable: false })
    return true
  } catch (error) {
    if (hasCode(error, 'CONFLICT')) return false
    throw error
  }
}

/** Removes the lock of a dead process, one process at a time: two that both saw it dead must not remove the lock that
 *  the quicker one has taken meanwhile. False when another is at it. */
const takeAway = async (directory: DirectoryHandle, name: string, dead: string, own: string): Promise<boolean> => {
  const guard = `${name}.takeover`
  if (!(await claim(directory, guard, own))) {
    const other = await readHolder(directory, guard)
    if (other !== null && (await isRunning(other.identity)) === 'no') await release(directory, guard, other.text)
    return false
  }
  try {
    await release(directory, name, dead)
    return true
  } finally {
    await release(directory, guard, own)
  }
}

/** Removes a lock, if it is still the one we mean. */
const release = async (directory: DirectoryHandle, name: string, text: string): Promise<void> => {
  if ((await readHolder(directory, name))?.text === text) {
    await nullOn(absent, () => unlink(directory.at(name)))
  }
}

interface Holder {
  readonly identity: ProcessIdentity
  readonly text: string
}

const readHolder = async (directory: DirectoryHandle, name: string): Promise<Holder | null> => {
  const bytes = await readWhole(directory.at(name), { max: largest })
  if (bytes === null) return null
  const text = new TextDecoder().decode(bytes)
  const identity = parseIdentity(text)
  if (identity !== null) return { identity, text }
  const at = join(directory.path, name)
  throw fail('CONFLICT', `${quoteName(at)} is not a lock of ours`, {
    at,
    hint: `if no lockstep is running: rm ${pathWord(at)}`,
  })
}

const heldBy = (path: string, holder: ProcessIdentity, running: 'yes' | 'no' | 'unknown'): Error => {
  const self = holder.pid === process.pid && running === 'yes'
  const who = self ? 'this very process' : `process ${holder.pid} on ${quoteName(holder.host)}`
  const hint =
    running === 'unknown'
      ? `if nothing runs there any more: rm ${pathWord(path)}`
      : 'wait for it to finish and run the command again'
  return fail('CONFLICT', `${quoteName(path)} is held by ${who}`, { at: path, hint })
}
