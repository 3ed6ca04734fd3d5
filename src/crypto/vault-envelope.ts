import { fail, type SecretsError } from '../core/errors.ts'

/** An ansible-vault file taken apart, nothing of it authenticated yet. */
export interface Envelope {
  readonly version: string
  readonly cipher: string
  /** The vault-id written in the header. Null where there is none. */
  readonly label: string | null
  /** The body with its outer hex coding and line ends removed. */
  readonly body: Uint8Array
}

const marker = '$ANSIBLE_VAULT'
const columns = 80
/** A header is some 40 bytes; a file that claims more is not one. */
const longestHeader = 1024
const [lf, cr] = [0x0a, 0x0d]
/** Up to here the engine's own replace is four times as fast as our loop; beyond, hostile line ends make it crawl. */
const quickReplace = 8 * 1024 * 1024

/** True for anything that starts as an ansible-vault file does, whatever its version and method. */
export const isVault = (bytes: Uint8Array): boolean => latin1(bytes, 0, marker.length) === marker

/** Takes the file apart. CR, LF and CRLF end lines; the body may be on any number of them, in either case of hex.
 *  @throws TAMPERED for something else than ansible-vault, or naming the line that cannot be read */
export const parseEnvelope = (file: Uint8Array, at?: string): Envelope => {
  const end = headerEnd(file)
  const fields = latin1(file, 0, end).split(';').map(stripped)
  const [mark, version = '', cipher = '', label = ''] = fields
  if (!isVault(file) || mark !== marker || fields.length < 3 || !isPrintable(fields)) {
    throw damaged('not ansible-vault data', at)
  }
  return { version, cipher, label: label === '' ? null : label, body: unhexLines(file, end, at) }
}

/** What `ansible-vault` would have written, byte for byte: 80 columns, lower case, a line end at the end.
 *  `label` null makes a header without one. */
export const formatEnvelope = (
  header: { readonly version: string; readonly cipher: string; readonly label: string | null },
  salt: Uint8Array,
  mac: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array => {
  const fields = [marker, header.version, header.cipher, ...(header.label === null ? [] : [header.label])]
  const head = Buffer.from(`${fields.join(';')}\n`, 'latin1')
  const inner = [salt, mac, ciphertext].map((part) => Buffer.from(part).toString('hex')).join('\n')
  const body = Buffer.from(Buffer.from(inner, 'latin1').toString('hex'), 'latin1')
  const out = new Uint8Array(head.length + body.length + Math.ceil(body.length / columns)).fill(lf)
  out.set(head)
  let position = head.length
  for (let from = 0; from < body.length; from += columns) {
    out.set(body.subarray(from, from + columns), position)
    position += columns + 1
  }
  return out
}

/** The bytes that a hex text stands for. Null when it is not hex, or cut in the middle of a byte. */
export const unhex = (text: Uint8Array): Uint8Array | null => {
  const bytes = Buffer.from(latin1(text, 0, text.length), 'hex')
  return bytes.length * 2 === text.length ? bytes : null
}

/** A refusal of the file itself. */
export const damaged = (what: string, at?: string): SecretsError =>
  fail('TAMPERED', what, {
    ...(at === undefined ? {} : { at }),
    hint: 'restore the file from git, or from a backup',
  })

const headerEnd = (file: Uint8Array): number => {
  const most = Math.min(file.length, longestHeader)
  for (let i = 0; i < most; i++) if (file[i] === lf || file[i] === cr) return i
  return file.length <= longestHeader ? file.length : 0
}

const unhexLines = (file: Uint8Array, from: number, at?: string): Uint8Array => {
  const text = withoutLineEnds(file, from)
  const bytes = Buffer.from(text, 'hex')
  if (bytes.length * 2 === text.length) return bytes
  for (let i = from; i < file.length; i++) {
    if (!isHexOrLineEnd(file[i] ?? 0)) throw damaged('a character that is not hex', locate(file, i, at))
  }
  throw damaged('cut short', locate(file, file.length, at))
}

const withoutLineEnds = (file: Uint8Array, from: number): string => {
  if (file.length <= quickReplace) {
    const text = latin1(file, from, file.length).replaceAll('\n', '')
    return text.includes('\r') ? text.replaceAll('\r', '') : text
  }
  const kept = new Uint8Array(file.length - from)
  let size = 0
  for (let i = from; i < file.length; i++) {
    const byte = file[i] ?? 0
    if (byte !== lf && byte !== cr) kept[size++] = byte
  }
  return latin1(kept, 0, size)
}

const isHexOrLineEnd = (byte: number): boolean =>
  byte === lf || byte === cr || /[0-9A-Fa-f]/.test(String.fromCharCode(byte))

const locate = (file: Uint8Array, offset: number, at?: string): string => {
  let line = 1
  for (let i = 0; i < offset; i++) {
    const endsLine = file[i] === lf || (file[i] === cr && file[i + 1] !== lf)
    // At the very end a line end closes the last line; it does not open another.
    if (endsLine && i + 1 < file.length) line++
  }
  return at === undefined ? `line ${line}` : `${at}:${line}`
}

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, to)

/** As Python strips bytes: ASCII blanks only. */
const stripped = (field: string): string => field.replace(/^[ \t\n\r\v\f]+|[ \t\n\r\v\f]+$/g, '')

const isPrintable = (fields: readonly string[]): boolean => fields.every((field) => /^[\x20-\x7e]*$/.test(field))
