import { closeSync, constants, fchmodSync, fchownSync, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs'
import { lstatSync, readSync, renameSync, statSync, unlinkSync, type Stats, writeSync } from 'node:fs'
import { fail } from '../core/errors.ts'
import { pathWord } from '../core/host-text.ts'
import { quoteName } from '../core/names.ts'
import type { FileTail, PathOptions } from '../core/ports.ts'
import { type DirectoryHandle, splitPath, withDirectory } from './directory-handle.ts'
import { lookAt } from './file-facts.ts'
import { absent, isSystem, mapped, nullOn, nullOnSync } from './system-error.ts'

const careful = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/** See Files.tail. */
export const tailOf = (path: string, most: number, options: PathOptions = {}): Promise<FileTail | null> =>
  mapped('read', path, async () => {
    const { directory, name } = splitPath(path)
    return nullOn(absent, () =>
      withDirectory(directory, { under: options.under }, async (held) => {
        const fd = nullOnSync(absent, () => openSync(held.at(name), constants.O_RDONLY | careful))
        if (fd === null) return null
        try {
          return readTail(fd, checked(fstatSync(fd), path).size, most)
        } finally {
          closeSync(fd)
        }
      }),
    )
  })

const readTail = (fd: number, size: number, most: number): FileTail => {
  const start = Math.max(0, size - most)
  const bytes = new Uint8Array(size - start)
  let done = 0
  while (done < bytes.length) {
    const read = readSync(fd, bytes, done, bytes.length - done, start + done)
    if (read === 0) break
    done += read
  }
  return { size, bytes: bytes.subarray(0, done) }
}

/** See Files.extend. */
export const extend = (path: string, at: number, bytes: Uint8Array, options: PathOptions = {}): Promise<void> =>
  mapped('write', path, () => {
    const { directory, name } = splitPath(path)
    const make = lookAt(directory) === null ? 0o700 : undefined
    return withDirectory(directory, { under: options.under, make }, async (held) => {
      const made = openNew(held, name)
      const fd = made ?? openSync(held.at(name), constants.O_RDWR | careful)
      try {
        if (made === null) checked(fstatSync(fd), path)
        else adopt(fd, held)
        put(fd, at, bytes)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      if (made !== null) await held.sync()
    })
  })

/** See Files.rename. */
export const renameFile = (path: string, name: string, options: PathOptions = {}): Promise<void> =>
  mapped('rename', path, () => {
    const from = splitPath(path)
    return withDirectory(from.directory, { under: options.under }, async (held) => {
      if (nullOnSync(absent, () => lstatSync(held.at(name))) !== null) {
        throw fail('CONFLICT', `${quoteName(name)} exists already, and is not overwritten`, { at: path })
      }
      renameSync(held.at(from.name), held.at(name))
      await held.sync()
    })
  })

/** See Files.write, where it need not be durable. What a crash leaves beside it the next call takes away. */
export const replaceBriefly = (path: string, bytes: Uint8Array, options: PathOptions): Promise<void> =>
  mapped('write', path, () => {
    const { directory, name } = splitPath(path)
    return withDirectory(directory, { under: options.under }, async (held) => {
      const staged = held.at(`.${name}.tmp`)
      nullOnSync(absent, () => unlinkSync(staged))
      const fd = openSync(staged, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | careful, 0o600)
      try {
        adopt(fd, held)
        put(fd, 0, bytes)
      } finally {
        closeSync(fd)
      }
      renameSync(staged, held.at(name))
    })
  })

const openNew = (held: DirectoryHandle, name: string): number | null => {
  try {
    return openSync(held.at(name), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | careful, 0o600)
  } catch (error) {
    if (isSystem(error, 'EEXIST')) return null
    throw error
  }
}

/** What root makes in somebody's directory stays theirs to add to. */
const adopt = (fd: number, held: DirectoryHandle): void => {
  fchmodSync(fd, 0o600)
  const { uid, gid } = statSync(held.at('.'))
  if (process.geteuid?.() === 0 && uid !== 0) fchownSync(fd, uid, gid)
}

/** What is behind goes last: a crash in between leaves an end without a line end, never a gap. */
const put = (fd: number, at: number, bytes: Uint8Array): void => {
  let done = 0
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, at + done)
  if (fstatSync(fd).size > at + bytes.length) ftruncateSync(fd, at + bytes.length)
}

const checked = (stats: Stats, path: string): Stats => {
  const at = path
  if (!stats.isFile())
    throw fail('UNSAFE', `${quoteName(path)} is not a regular file`, { at, hint: `ls -ld ${pathWord(path)}` })
  if (stats.nlink > 1) {
    throw fail('UNSAFE', `${quoteName(path)} has another name (a hard link)`, {
      at,
      hint: `find the other with: find / -xdev -samefile ${pathWord(path)}`,
    })
  }
  const self = process.geteuid?.()
  if (stats.uid !== 0 && self !== 0 && stats.uid !== self) {
    throw fail('UNSAFE', `${quoteName(path)} belongs to another user`, { at, hint: 'run as its owner' })
  }
  if ((stats.mode & 0o077) !== 0) {
    throw fail('UNSAFE', `${quoteName(path)} can be read or changed by others`, {
      at,
      hint: `chmod 600 ${pathWord(path)}`,
    })
  }
  return stats
}
