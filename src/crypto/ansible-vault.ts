import { fail, type SecretsError } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import type { Random } from '../core/ports.ts'
import type { Secret } from '../core/secret.ts'
import { deriveKey } from './derive.ts'
import { engine } from './engine.ts'
import { damaged, formatEnvelope, isVault, parseEnvelope, unhex, type Envelope } from './vault-envelope.ts'

export { isVault }

export interface OpenedVault {
  readonly plaintext: Uint8Array
  readonly version: '1.1' | '1.2'
  /** The vault-id in the header. The format does not authenticate it: anybody may have changed it. */
  readonly label: string | null
  /** A key for another purpose, as hard to come by as the content: it takes the password and its derivation. */
  readonly subkey: (info: string) => Uint8Array
}

/** One way of sealing a body; what `cipher` in the header names. */
interface Method {
  readonly open: (body: Uint8Array, password: Secret, at?: string) => Promise<Pick<OpenedVault, 'plaintext' | 'subkey'>>
  /** Takes the time that sealing takes; what it gives seals one text. */
  readonly prepare: (password: Secret, random: Random) => Promise<(plaintext: Uint8Array) => Promise<SealedBody>>
}

interface SealedBody {
  readonly salt: Uint8Array
  readonly mac: Uint8Array
  readonly ciphertext: Uint8Array
}

/** Files over this many bytes are refused before anything is computed. */
const largestFile = 64 * 1024 * 1024
/** ansible-vault writes 32 bytes; VAULT_ENCRYPT_SALT can make it any text. */
const largestSalt = 1024

/** Opens an ansible-vault file of version 1.1 or 1.2. `password` is taken as it is (see core/password.ts for what a
 *  password file means); `at` names the file in errors.
 *  @throws TAMPERED for a wrong password and for a changed file alike (nobody can tell these apart), for damage, and
 *  naming an unknown version or method; USAGE for an empty password */
export const openVault = async (
  file: Uint8Array,
  password: Secret,
  options: { readonly at?: string } = {},
): Promise<OpenedVault> => {
  checkNotEmpty(password)
  if (file.length > largestFile) throw damaged('too large to be a file of secrets', options.at)
  const envelope = parseEnvelope(file, options.at)
  const { version } = envelope
  if (version !== '1.1' && version !== '1.2') throw unknown('version', version, options.at)
  const opened = await methodOf(envelope, options.at).open(envelope.body, password, options.at)
  return { ...opened, version, label: envelope.label }
}

/** Writes what `ansible-vault encrypt` writes: version 1.2 with `label`, else (or for `default`, as Ansible does) 1.1.
 *  Any length and any bytes. The strength of the password is the caller's to check.
 *  @throws USAGE for an empty password or a label that a header cannot carry */
export const sealVault = async (
  plaintext: Uint8Array,
  password: Secret,
  options: { readonly label?: string; readonly random: Random },
): Promise<Uint8Array> => {
  const seal = await prepareSeal(password, options.random)
  return seal(plaintext, options.label ?? null)
}

/** Seals one file; its key opens that file alone. `label` as for sealVault, null for none.
 *  @throws INTERNAL when it is asked a second time: two files under one key and one counter would open each other */
export type Seal = (plaintext: Uint8Array, label: string | null) => Promise<Uint8Array>

/** The part of sealVault that takes its time, which needs no text yet. @throws USAGE for an empty password */
export const prepareSeal = async (password: Secret, random: Random): Promise<Seal> => {
  checkNotEmpty(password)
  const seal = await aes256.prepare(password, random)
  let isUsed = false
  return async (plaintext, label) => {
    const shown = label === null || label === 'default' ? null : checkLabel(label)
    if (isUsed) throw fail('INTERNAL', 'the key of one file was asked for another')
    isUsed = true
    const { salt, mac, ciphertext } = await seal(plaintext)
    return formatEnvelope(
      { version: shown === null ? '1.1' : '1.2', cipher: 'AES256', label: shown },
      salt,
      mac,
      ciphertext,
    )
  }
}

const aes256: Method = {
  open: async (body, password, at) => {
    const { salt, mac, ciphertext } = splitBody(body, at)
    const keys = await deriveKeys(password, salt)
    if (!engine.same(mac, engine.hmac(keys.mac, ciphertext))) throw refused(at)
    const plaintext = unpadded(await engine.ctr(keys.cipher, keys.counter, ciphertext), at)
    return { plaintext, subkey: (info) => deriveKey(keys.mac, info) }
  },
  prepare: async (password, random) => {
    const salt = random.bytes(32)
    if (salt.length !== 32) throw fail('INTERNAL', 'the random source gave too little')
    const keys = await deriveKeys(password, salt)
    return async (plaintext) => {
      const padded = Buffer.concat([plaintext, paddingFor(plaintext.length)])
      const ciphertext = await engine.ctr(keys.cipher, keys.counter, padded)
      padded.fill(0)
      return { salt, ciphertext, mac: engine.hmac(keys.mac, ciphertext) }
    }
  },
}

const methods: Readonly<Record<string, Method>> = { AES256: aes256 }

const methodOf = (envelope: Envelope, at?: string): Method => {
  const method = Object.hasOwn(methods, envelope.cipher) ? methods[envelope.cipher] : undefined
  if (method === undefined) throw unknown('method', envelope.cipher, at)
  return method
}

/** Body: hex salt, LF, hex MAC, LF, hex ciphertext. */
const splitBody = (
  body: Uint8Array,
  at?: string,
): { readonly salt: Uint8Array; readonly mac: Uint8Array; readonly ciphertext: Uint8Array } => {
  const first = body.indexOf(0x0a)
  const second = first < 0 ? -1 : body.indexOf(0x0a, first + 1)
  if (second < 0) throw damaged('cut short', at)
  const salt = first > largestSalt * 2 ? null : unhex(body.subarray(0, first))
  const mac = second - first > 65 ? null : unhex(body.subarray(first + 1, second))
  const ciphertext = unhex(body.subarray(second + 1))
  if (salt === null || mac === null || ciphertext === null || salt.length === 0) {
    throw damaged('damaged inside its hex coding', at)
  }
  return { salt, mac, ciphertext }
}

interface Keys {
  readonly cipher: Uint8Array
  readonly mac: Uint8Array
  readonly counter: Uint8Array
}

/** 10 000 rounds are fixed by the format; passwords of 256 random bits make them irrelevant. */
const deriveKeys = async (password: Secret, salt: Uint8Array): Promise<Keys> => {
  const key = await engine.stretch(password.bytes(), salt, 10_000, 80)
  return { cipher: key.subarray(0, 32), mac: key.subarray(32, 64), counter: key.subarray(64, 80) }
}

const paddingFor = (length: number): Uint8Array => {
  const count = 16 - (length % 16)
  return new Uint8Array(count).fill(count)
}

/** PKCS#7, needless with this cipher but part of the format. Only ever looked at after the MAC was right. */
const unpadded = (padded: Uint8Array, at?: string): Uint8Array => {
  const count = padded.at(-1) ?? 0
  const good =
    padded.length % 16 === 0 && count >= 1 && count <= 16 && padded.subarray(-count).every((byte) => byte === count)
  if (!good) throw refused(at)
  return padded.subarray(0, padded.length - count)
}

const refused = (at?: string): SecretsError =>
  fail('TAMPERED', 'wrong password, or the file was changed', {
    ...(at === undefined ? {} : { at }),
    hint: wrongHint,
  })

const wrongHint = 'check which password file is used; if it is the right one, restore the file from git'

/** The password does not open it, or it was changed, and nothing better is said yet. */
export const isWrongPassword = ({ code, hint }: SecretsError): boolean => code === 'TAMPERED' && hint === wrongHint

const unknown = (what: 'version' | 'method', name: string, at?: string): SecretsError =>
  fail('TAMPERED', `unknown ansible-vault ${what} ${quoteName(name)}`, {
    ...(at === undefined ? {} : { at }),
    hint:
      name === 'AES'
        ? 'this method ended in 2014: rekey the file with ansible-vault 2.3 or older first'
        : 'known are versions 1.1 and 1.2 with AES256; a newer lockstep may know more',
  })

const checkNotEmpty = (password: Secret): void => {
  if (password.bytes().length > 0) return
  throw fail('USAGE', 'the password is empty', { hint: 'put a password into the password file' })
}

const checkLabel = (label: string): string => {
  if (/^[A-Za-z0-9_.@+-]{1,255}$/.test(label)) return label
  throw fail('USAGE', `${quoteName(label)} cannot be a vault-id`, { hint: 'letters, digits and _ . @ + - only' })
}
