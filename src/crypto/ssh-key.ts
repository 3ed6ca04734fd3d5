import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { fail, type SecretsError } from '../core/errors.ts'

/** The public half of an ssh key. */
export interface SshKey {
  readonly type: 'ssh-ed25519' | 'ssh-rsa'
  /** As it stands in base64 in a .pub file: what age's tags and tweaks are computed from. */
  readonly wire: Uint8Array
  readonly public: KeyObject
  /** The point of an ed25519 key; empty for RSA. */
  readonly raw: Uint8Array
}

/** Reads `ssh-ed25519 AAAA…` or `ssh-rsa AAAA…`. @throws USAGE for another type, a damaged line, RSA under 2048 bits */
export const parseSshPublic = (line: string): SshKey => {
  const [type = '', coded = ''] = line.trim().split(/[ \t]+/)
  const wire = Buffer.from(coded, 'base64')
  const key = type === 'ssh-ed25519' || type === 'ssh-rsa' ? fromWire(type, wire) : null
  if (key === null || wire.toString('base64').replace(/=+$/, '') !== coded.replace(/=+$/, '')) {
    throw fail('USAGE', 'not an ssh public key that age knows', { hint: 'ssh-ed25519, or ssh-rsa from 2048 bits on' })
  }
  return key
}

/** Reads a private key as ssh-keygen writes it, or an RSA key in PEM.
 *  @throws USAGE for a passphrase, another type, or a damaged file */
export const parseSshPrivate = (pem: string, at: string): { readonly key: SshKey; readonly secret: KeyObject } => {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(pem)?.[1]
  const secret = body === undefined ? fromPem(pem, at) : fromOpenSsh(Buffer.from(body, 'base64'), at)
  const wire = secret === null ? null : toWire(createPublicKey(secret))
  const key = wire === null ? null : fromWire(wire.type, wire.bytes)
  if (secret === null || key === null) throw unusable(at)
  return { key, secret }
}

const magic = 'openssh-key-v1\0'

const fromOpenSsh = (bytes: Buffer, at: string): KeyObject | null => {
  if (bytes.toString('latin1', 0, magic.length) !== magic) return null
  const reader = wireReader(bytes.subarray(magic.length))
  if (reader.text() !== 'none') {
    throw fail('USAGE', 'this ssh key has a passphrase, which lockstep cannot ask for', {
      at,
      hint: 'LOCKSTEP_PASSWORD_FILE=<(age -d -i KEY secrets/operators/ME.age) lockstep …, or use an age identity',
    })
  }
  for (let skipped = 0; skipped < 2; skipped++) reader.bytes()
  reader.skip(4)
  reader.bytes()
  const secret = wireReader(reader.bytes())
  secret.skip(8)
  const type = secret.text()
  if (type === 'ssh-ed25519') return ed25519Private(secret.bytes(), secret.bytes())
  if (type !== 'ssh-rsa') return null
  const [n, e, d, qi, prime, other] = Array.from({ length: 6 }, () => secret.bytes())
  return n && e && d && qi && prime && other ? rsaPrivate({ n, e, d, qi, p: prime, q: other }) : null
}

const fromPem = (pem: string, at: string): KeyObject | null => {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw unusable(at, cause)
  }
}

const ed25519Private = (point: Buffer, both: Buffer): KeyObject =>
  createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x: url(point), d: url(both.subarray(0, 32)) }, format: 'jwk' })

/** OpenSSH leaves out two numbers that Node wants; both follow from the others. */
const rsaPrivate = (parts: Readonly<Record<'n' | 'e' | 'd' | 'qi' | 'p' | 'q', Buffer>>): KeyObject => {
  const { n, e, d, qi, p, q } = parts
  const remainder = (prime: Buffer): string => url(fromNumber(toNumber(d) % (toNumber(prime) - 1n)))
  const numbers = { n: bare(n), e: bare(e), d: bare(d), p: bare(p), q: bare(q), qi: bare(qi) }
  return createPrivateKey({
    key: { kty: 'RSA', ...numbers, dp: remainder(p), dq: remainder(q) },
    format: 'jwk',
  })
}

const fromWire = (type: SshKey['type'], wire: Uint8Array): SshKey | null => {
  const reader = wireReader(Buffer.from(wire))
  if (reader.text() !== type) return null
  const [first, second] = [reader.bytes(), reader.bytes()]
  if (type === 'ssh-ed25519') {
    if (first.length !== 32) return null
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: url(first) }, format: 'jwk' })
    return { type, wire, public: key, raw: new Uint8Array(first) }
  }
  if (toNumber(second).toString(2).length < 2048) return null
  const key = createPublicKey({ key: { kty: 'RSA', e: bare(first), n: bare(second) }, format: 'jwk' })
  return { type, wire, public: key, raw: new Uint8Array() }
}

const toWire = (key: KeyObject): { readonly type: SshKey['type']; readonly bytes: Uint8Array } | null => {
  const { kty, crv, x = '', n = '', e = '' } = key.export({ format: 'jwk' })
  const packed = (...parts: readonly Uint8Array[]): Uint8Array =>
    Buffer.concat(parts.flatMap((part) => [length(part.length), part]))
  if (kty === 'OKP' && crv === 'Ed25519') {
    return { type: 'ssh-ed25519', bytes: packed(Buffer.from('ssh-ed25519'), Buffer.from(x, 'base64url')) }
  }
  if (kty !== 'RSA') return null
  const [modulus, exponent] = [signed(Buffer.from(n, 'base64url')), signed(Buffer.from(e, 'base64url'))]
  return { type: 'ssh-rsa', bytes: packed(Buffer.from('ssh-rsa'), exponent, modulus) }
}

/** Reads length-prefixed parts; what is cut short reads as empty. */
const wireReader = (
  bytes: Buffer,
): { readonly bytes: () => Buffer; readonly text: () => string; readonly skip: (count: number) => void } => {
  let at = 0
  const next = (): Buffer => {
    const size = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0
    const part = bytes.subarray(at + 4, at + 4 + size)
    at += 4 + size
    return part.length === size ? part : Buffer.alloc(0)
  }
  return { bytes: next, text: () => next().toString('latin1'), skip: (count) => void (at += count) }
}

const url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
const fromNumber = (value: bigint): Buffer => {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}
/** ssh's numbers have a zero in front where the first bit is set; JWK's have none. */
const bare = (bytes: Uint8Array): string => url(bytes[0] === 0 ? bytes.subarray(1) : bytes)
const signed = (bytes: Uint8Array): Uint8Array => ((bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
const length = (size: number): Buffer => {
  const prefix = Buffer.alloc(4)
  prefix.writeUInt32BE(size)
  return prefix
}

const unusable = (at: string, cause?: unknown): SecretsError =>
  fail('USAGE', 'not a private key that age knows', {
    at,
    hint: 'an ed25519 or RSA key without passphrase, or an age identity',
    ...(cause === undefined ? {} : { cause }),
  })
