import { readlinkSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../core/errors.ts'
import { pathWord } from '../core/host-text.ts'
import { quoteName } from '../core/names.ts'
import { type DirectoryHandle, splitPath, withDirectory } from './directory-handle.ts'
import { isRunning, ownIdentity, parseIdentity } from './process-identity.ts'
import { lookAt } from './file-facts.ts'
import { absent, isSystem, mapped, nullOnSync } from './system-error.ts'

/** Seconds. */
const longestWait = 10
const poll = 3

/** See Files.briefly. The lock is a link whose text says who holds it: made whole by one call, where a file would have
 *  to be written beside and linked. */
export const withBriefLock = <T>(path: string, work: () => Promise<T>, under?: string): Promise<T> =>
  mapped('lock', path, async () => {
    const { directory, name } = splitPath(path)
    return inDirectory(directory, under, async (held) => {
      const own = JSON.stringify(await ownIdentity())
      await acquire(held, name, own)
      try {
        return await work()
      } finally {
        release(held, name, own)
      }
    })
  })

/** Made only where it is missing: what makes directories takes long to load. */
const inDirectory = async <T>(
  directory: string,
  under: string | undefined,
  work: (held: DirectoryHandle) => Promise<T>,
): Promise<T> => {
  const make = lookAt(directory) === null ? 0o700 : undefined
  return withDirectory(directory, { under, make }, work)
}

const acquire = async (held: DirectoryHandle, name: string, own: string): Promise<void> => {
  // not `performance`, whose first use loads 3 ms of Node
  const deadline = process.uptime() + longestWait
  while (!claim(held, name, own)) {
    const text = holderOf(held, name)
    if (text === null) continue
    const holder = parseIdentity(text)
    const running = holder === null ? 'unknown' : await isRunning(holder)
    if (running === 'no' && (await takeAway(held, name, text, own))) continue
    if (process.uptime() >= deadline) throw heldBy(join(held.path, name), holder?.pid ?? null)
    await new Promise((resolve) => setTimeout(resolve, poll + Math.random() * 4 * poll))
  }
}

/** True when the lock is now ours. */
const claim = (held: DirectoryHandle, name: string, own: string): boolean => {
  try {
    symlinkSync(own, held.at(name))
    return true
  } catch (error) {
    if (isSystem(error, 'EEXIST')) return false
    throw error
  }
}

const holderOf = (held: DirectoryHandle, name: string): string | null =>
  nullOnSync(['ENOENT'], () => {
    try {
      return readlinkSync(held.at(name))
    } catch (error) {
      if (!isSystem(error, 'EINVAL')) throw error
      const at = join(held.path, name)
      throw fail('CONFLICT', `${quoteName(at)} is not a lock of ours`, { at, hint: `rm -r ${pathWord(at)}` })
    }
  })

/** Of a dead process, one process at a time, as lock-file.ts does it. */
const takeAway = async (held: DirectoryHandle, name: string, dead: string, own: string): Promise<boolean> => {
  const guard = `${name}.takeover`
  if (!claim(held, guard, own)) {
    const text = holderOf(held, guard)
    const other = text === null ? null : parseIdentity(text)
    if (text !== null && other !== null && (await isRunning(other)) === 'no') release(held, guard, text)
    return false
  }
  try {
    release(held, name, dead)
    return true
  } finally {
    release(held, guard, own)
  }
}

/** Removes a lock, if it is still the one we mean. */
const release = (held: DirectoryHandle, name: string, text: string): void => {
  if (holderOf(held, name) === text) nullOnSync(absent, () => unlinkSync(held.at(name)))
}

const heldBy = (at: string, pid: number | null): Error =>
  fail('CONFLICT', `${quoteName(at)} is held by process ${pid ?? 'of another program'}`, {
    at,
    hint: `wait for it to finish; if nothing runs any more: rm ${pathWord(at)}`,
  })
