import { longestArchive } from '../../core/backup/belongs.ts'
import type { Canonical } from '../../core/canonical.ts'
import { fail } from '../../core/errors.ts'
import type { HostChannel, Operation } from '../../core/fleet/fleet.ts'
import type { Shape } from '../../core/shape.ts'
import { list, shape, text } from '../../core/shape.ts'
import { sha256 } from '../../crypto/derive.ts'

/** A host of ours, and which it is: what every call says. */
export interface CopyHost {
  readonly channel: HostChannel
  readonly directory: string
  readonly identity: {
    readonly project: string
    readonly environment: string
    readonly host: string
    readonly id: string
  }
}

export interface KeptArchive {
  readonly name: string
  readonly bytes: Uint8Array
}

const call = (
  { channel, directory, identity }: CopyHost,
  op: Operation['op'],
  more: Readonly<Record<string, Canonical>>,
  blobs: readonly Uint8Array[] = [],
): Promise<unknown> => channel.call({ op, directory, identity, ...more }, { blobs, timeout: 120_000 })

/** Puts an archive there, or the note of the newest verified one, or both. Null: the one that is there stays. */
export const putCopy = async (
  host: CopyHost,
  { note, archive }: { readonly note: string | null; readonly archive: KeptArchive | null },
): Promise<void> => {
  const told = note === null ? {} : { note }
  const own = archive === null ? {} : { name: archive.name, digest: sha256(archive.bytes) }
  await call(host, 'keep_backup', { ...told, ...own }, archive === null ? [] : [archive.bytes])
}

export interface ListedCopy {
  readonly name: string
  readonly size: number
  readonly digest: string
}

const listed: Shape<readonly ListedCopy[]> = (value, at) =>
  list<ListedCopy>((one, place) => {
    const [name, size, digest]: readonly unknown[] = Array.isArray(one) ? one : []
    if (
      typeof name === 'string' &&
      typeof size === 'number' &&
      Number.isSafeInteger(size) &&
      typeof digest === 'string'
    ) {
      return { name, size, digest }
    }
    throw fail('TAMPERED', 'expected the name, size and digest of a copy', { at: place })
  })(value, at)

/** More than clones of one project keep on a host. */
const mostListed = 1000

/** What the host says that it has; only bytes that were fetched are believed. @throws TAMPERED for more than there can be */
export const listCopies = async (host: CopyHost): Promise<readonly ListedCopy[]> => {
  const at = `${host.channel.name}: backups`
  const { archives } = shape({ archives: listed })(await call(host, 'list_backups', {}), at)
  const isOnce = new Set(archives.map(({ name }) => name)).size === archives.length
  if (isOnce && archives.length <= mostListed) return archives
  throw fail('TAMPERED', 'a list of copies that no host of ours can have', { at })
}

/** Bytes in one answer: base64 makes a third more of them. */
const largestPiece = 4 * 1024 * 1024

/** Hands over the bytes of these copies one after the other, so that no more than one is in memory. A host that sends
 *  less than it said gives what it sent. @throws TAMPERED for one that sends more than it was asked for */
export const fetchCopies = async (
  host: CopyHost,
  copies: readonly ListedCopy[],
  onCopy: (name: string, bytes: Uint8Array) => Promise<void>,
): Promise<void> => {
  const at = `${host.channel.name}: backups`
  const parts: Uint8Array[] = []
  for (const { name, size } of copies) if (size <= 0) await onCopy(name, new Uint8Array())
  for (const wanted of inAnswers(copies)) {
    const pieces = wanted.map(({ name, from, count }): Canonical => [name, from, count])
    const given = shape({ pieces: list(text) })(await call(host, 'give_backups', { wanted: pieces }), at).pieces
    for (const [i, { name, count, isLast }] of wanted.entries()) {
      const bytes = Buffer.from(given[i] ?? '', 'base64')
      if (bytes.length > count) throw fail('TAMPERED', 'sent more of a copy than it was asked for', { at })
      parts.push(bytes)
      if (isLast) await onCopy(name, Uint8Array.from(Buffer.concat(parts.splice(0))))
    }
  }
}

interface Piece {
  readonly name: string
  readonly from: number
  readonly count: number
  /** Of its copy. */
  readonly isLast: boolean
}

/** Pieces of all of them, as many in one answer as fit. */
const inAnswers = (copies: readonly ListedCopy[]): readonly (readonly Piece[])[] => {
  const answers: Piece[][] = []
  let left = 0
  for (const { name, size } of copies) {
    const whole = Math.min(size, longestArchive)
    for (let from = 0; from < whole; from += largestPiece) {
      const count = Math.min(largestPiece, whole - from)
      if (count > left) {
        answers.push([])
        left = largestPiece
      }
      answers.at(-1)?.push({ name, from, count, isLast: from + count === whole })
      left -= count
    }
  }
  return answers
}

export const dropCopies = async (host: CopyHost, names: readonly string[]): Promise<void> => {
  if (names.length > 0) await call(host, 'drop_backups', { names })
}
