import { fail, type SecretsError } from '../errors.ts'
import { parseContents, printContents, type Contents } from './contents.ts'

/** What an archive holds once it is decrypted. */
export interface Container {
  readonly contents: Contents
  /** Of the contents as they are printed, hex; the caller's to check. */
  readonly mac: string
  /** In the order of the contents. */
  readonly bodies: readonly Uint8Array[]
}

const magic = 'lockstep-backup 1'
const longestHead = 128

/** One line of `lockstep-backup 1 LENGTH MAC`, the list of contents of that length with a line end, then the files'
 *  bytes one after the other (docs/file-formats.md). */
export const printContainer = ({ contents, mac, bodies }: Container): Uint8Array => {
  const encoder = new TextEncoder()
  const list = encoder.encode(`${printContents(contents)}\n`)
  return joined([encoder.encode(`${magic} ${list.length} ${mac}\n`), list, ...bodies])
}

/** Every byte belongs to something: what is left over or cut off is refused. @throws TAMPERED; CONFLICT */
export const parseContainer = (bytes: Uint8Array, at: string): Container => {
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
  const end = bytes.subarray(0, longestHead).indexOf(10)
  const head = end < 0 ? '' : decoder.decode(bytes.subarray(0, end))
  const [, length = '', mac = ''] = /^lockstep-backup 1 ([1-9]\d{0,8}) ([0-9a-f]{64})$/.exec(head) ?? []
  if (mac === '') {
    if (/^lockstep-backup \d+ /.test(head)) throw newer(at)
    throw notWhole(at)
  }
  const from = end + 1
  const to = from + Number(length)
  if (to > bytes.length || bytes[to - 1] !== 10) throw notWhole(at)
  const contents = parseContents(decoder.decode(bytes.subarray(from, to - 1)), at)
  let start = to
  const bodies = contents.files.map(({ size }) => bytes.subarray(start, (start += size)))
  if (start !== bytes.length) throw notWhole(at)
  return { contents, mac, bodies }
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const notWhole = (at: string): SecretsError => fail('TAMPERED', 'not a whole backup', { at })

const newer = (at: string): SecretsError =>
  fail('CONFLICT', 'the backup was written by a newer lockstep', { at, hint: 'update lockstep on this machine' })
