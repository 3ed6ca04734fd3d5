import { constants, type Stats } from 'node:fs'
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import type { WriteOptions } from '../core/ports.ts'
import { type DirectoryHandle, splitPath, withDirectory } from './directory-handle.ts'
import { factsOf, kindName } from './file-facts.ts'
import { stagedName, sweepStaged } from './staged-name.ts'
import { absent, isSystem, mapped, nullOn } from './system-error.ts'

const stageFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const defaultMode = 0o600

export interface StageOptions {
  readonly mode?: number | undefined
  /** Who shall own it (asked for by root only): the file that is to be replaced. */
  readonly owner?: Stats | null
  /** A name made earlier by stagedName. */
  readonly staged?: string
  /** False for what need not outlive the machine, as a lock. */
  readonly durable?: boolean
}

/** See Files.write. */
export const writeWhole = (path: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<void> =>
  mapped('write', path, () => {
    const { directory, name } = splitPath(path)
    return withDirectory(directory, { under: options.under }, (held) =>
      replace(held, name, bytes, { mode: options.mode }),
    )
  })

/** See Files.create. */
export const createWhole = (path: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<void> =>
  mapped('write', path, () => {
    const { directory, name } = splitPath(path)
    return withDirectory(directory, { under: options.under }, (held) =>
      publish(held, name, bytes, { mode: options.mode }),
    )
  })

/** What is to be put in the place of: null for nothing. @throws UNSAFE for anything but a file with one name */
export const checkTarget = async (directory: DirectoryHandle, name: string): Promise<Stats | null> => {
  const path = join(directory.path, name)
  const stats = await nullOn(absent, () => lstat(directory.at(name)))
  if (stats === null) return null
  const { kind } = factsOf(stats)
  if (kind !== 'file') {
    const hint = kind === 'link' ? 'give the path it points to' : 'give the path of a regular file'
    throw fail('UNSAFE', `${quoteName(path)} is a ${kindName(kind)}, and is not replaced`, { at: path, hint })
  }
  if (stats.nlink > 1) {
    throw fail('UNSAFE', `${quoteName(path)} has another name (a hard link), which would keep the old content`, {
      at: path,
      hint: `find the other with: find / -xdev -samefile ${path}`,
    })
  }
  return stats
}

/** Writes `bytes` under a name of its own beside `name`, on the disk before this returns, and gives that name. */
export const stage = async (
  directory: DirectoryHandle,
  name: string,
  bytes: Uint8Array,
  { mode = defaultMode, owner = null, staged, durable = true }: StageOptions,
): Promise<string> => {
  const as = staged ?? (await stagedName(name))
  // Never wider than 0600 until the content is complete, whatever the umask.
  const handle = await open(directory.at(as), stageFlags, mode & defaultMode)
  try {
    // Nothing of the content goes to a place that is no longer the one meant.
    directory.check()
    await writeAll(handle, bytes)
    await adopt(handle, mode, owner)
    if (durable) await handle.sync()
  } catch (error) {
    await discard(directory, as)
    throw error
  } finally {
    await handle.close()
  }
  return as
}

const writeAll = async (handle: FileHandle, bytes: Uint8Array): Promise<void> => {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, done)
    done += bytesWritten
  }
}

const adopt = async (handle: FileHandle, mode: number, owner: Stats | null): Promise<void> => {
  const facts = await handle.stat()
  if (owner !== null && process.geteuid?.() === 0 && (owner.uid !== facts.uid || owner.gid !== facts.gid)) {
    await handle.chown(owner.uid, owner.gid)
  }
  if ((facts.mode & 0o7777) !== mode) await handle.chmod(mode)
}

/** Removes a staged file; a second failure must not hide the first, and the next writer sweeps what stays. */
export const discard = async (directory: DirectoryHandle, staged: string): Promise<void> => {
  await nullOn([...absent, 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ENOSPC'], () => unlink(directory.at(staged)))
}

/** Old content or new: staged, then renamed over, then the directory put on the disk. */
export const replace = async (
  directory: DirectoryHandle,
  name: string,
  bytes: Uint8Array,
  { mode, durable = true }: StageOptions,
): Promise<void> => {
  await sweepStaged(directory, name)
  const owner = await checkTarget(directory, name)
  const staged = await stage(directory, name, bytes, { mode, owner, durable })
  try {
    directory.check()
    await rename(directory.at(staged), directory.at(name))
  } catch (error) {
    await discard(directory, staged)
    throw error
  }
  directory.check()
  if (durable) await directory.sync()
}

/** Complete or not at all, and never over anything: staged, then given its name by a link, which fails where a rename
 *  would replace. @throws CONFLICT when something is there */
export const publish = async (
  directory: DirectoryHandle,
  name: string,
  bytes: Uint8Array,
  { mode, durable = true }: StageOptions,
): Promise<void> => {
  await sweepStaged(directory, name)
  const path = join(directory.path, name)
  const staged = await stage(directory, name, bytes, { mode, durable })
  try {
    directory.check()
    await link(directory.at(staged), directory.at(name))
  } catch (error) {
    if (isSystem(error, 'EEXIST')) {
      throw fail('CONFLICT', `${quoteName(path)} exists already, and is not overwritten`, { at: path })
    }
    if (!isSystem(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error
    const hint = 'keep the project on a local disk: FAT and some shared folders cannot do what is needed'
    throw fail('UNSAFE', `the file system of ${quoteName(path)} cannot link files`, { at: path, hint, cause: error })
  } finally {
    await discard(directory, staged)
  }
  if (durable) await directory.sync()
}
