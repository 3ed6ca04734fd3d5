import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fail } from '../core/errors.ts'
import { pathWord } from '../core/host-text.ts'
import { quoteName } from '../core/names.ts'
import type { ReadOptions } from '../core/ports.ts'
import { splitPath, withDirectory } from './directory-handle.ts'
import { factsOf, kindName, lookAt } from './file-facts.ts'
import { absent, mapped, nullOn, nullOnSync } from './system-error.ts'

const defaultMax = 64 * 1024 * 1024

// O_NONBLOCK: a FIFO put in place of the file between look and open would otherwise hold us for ever.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/** See Files.read. */
export const readWhole = (path: string, options: ReadOptions = {}): Promise<Uint8Array | null> =>
  mapped('read', path, async () => {
    splitPath(path)
    if (options.under === undefined) return readReached(throughOwnLink(path, options), path, options)
    const { directory, name } = splitPath(path)
    return nullOn(absent, () =>
      withDirectory(directory, { under: options.under }, (held) => readReached(held.at(name), path, options)),
    )
  })

/** The path that a link of ours leads to; any other path as it is. */
const throughOwnLink = (path: string, { ownLink }: ReadOptions): string => {
  if (ownLink !== true) return path
  const link = lookAt(path)
  if (link === null || !link.isSymbolicLink() || !isOurs(link)) return path
  const folder = lstatSync(dirname(path))
  const isClosed = folder.isDirectory() && isOurs(folder) && (folder.mode & 0o022) === 0
  return isClosed ? resolve(dirname(path), readlinkSync(path)) : path
}

const isOurs = ({ uid }: Stats): boolean => uid === 0 || uid === process.geteuid?.()

const readReached = async (reach: string, path: string, options: ReadOptions): Promise<Uint8Array | null> => {
  const inherited = options.fifo === true && isInherited(path)
  if (!inherited) {
    // Looked at before it is opened: opening is enough to disturb some devices.
    const before = lookAt(reach)
    if (before === null) return null
    checkKind(before, path, options)
  }
  const flags = inherited ? readFlags & ~constants.O_NOFOLLOW : readFlags
  const fd = nullOnSync(absent, () => openSync(reach, flags))
  if (fd === null) return null
  try {
    const facts = fstatSync(fd)
    checkKind(facts, path, options)
    if (options.private === true) checkPrivate(facts, path)
    if (!facts.isFIFO()) return readFile(fd, facts, path, options)
    const { readFifo } = await import('./fifo.ts')
    return await readFifo(fd, path, limitOf(options))
  } finally {
    closeSync(fd)
  }
}

/** The shell's `<(command)` gives /dev/fd/63, which is a link by nature. */
const isInherited = (path: string): boolean => /^\/(?:dev|proc\/self)\/fd\/\d+$|^\/dev\/stdin$/.test(path)

const checkKind = (stats: Stats, path: string, { fifo }: ReadOptions): void => {
  if (stats.isFile() || (fifo === true && stats.isFIFO())) return
  const kind = factsOf(stats).kind
  throw fail('UNSAFE', `${quoteName(path)} is a ${kindName(kind)}, not a file`, {
    at: path,
    hint: kind === 'link' ? 'give the path it points to' : 'give the path of a regular file',
  })
}

const checkPrivate = (stats: Stats, path: string): void => {
  if ((stats.mode & 0o077) !== 0) {
    throw fail('UNSAFE', `${quoteName(path)} can be read or changed by others`, {
      at: path,
      hint: `chmod 600 ${pathWord(path)}`,
    })
  }
  if (!isOurs(stats)) {
    throw fail('UNSAFE', `${quoteName(path)} belongs to another user`, {
      at: path,
      hint: 'make a copy of your own, or run as its owner',
    })
  }
}

const limitOf = (options: ReadOptions): number => options.max ?? defaultMax

/** Without a thread of its own: its start takes longer than to read what is small and on a disk. */
const readFile = (fd: number, facts: Stats, path: string, options: ReadOptions): Uint8Array => {
  const max = limitOf(options)
  if (facts.size > max) throw tooLarge(path)
  // One byte more than it claims, so that the read which finds the end also finds growth.
  let buffer = Buffer.alloc(facts.size + 1)
  let length = 0
  for (;;) {
    const bytesRead = readSync(fd, buffer, length, buffer.length - length, length)
    if (bytesRead === 0) return new Uint8Array(buffer.buffer, buffer.byteOffset, length)
    length += bytesRead
    if (length > max) throw tooLarge(path)
    if (length === buffer.length) buffer = grown(buffer)
  }
}

const grown = (buffer: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> => {
  const next = Buffer.alloc(buffer.length * 2 + 65_536)
  buffer.copy(next)
  buffer.fill(0)
  return next
}

const tooLarge = (path: string): Error =>
  fail('UNSAFE', `${quoteName(path)} is larger than anything of this kind should be`, {
    at: path,
    hint: 'give the path of the file that is meant',
  })
