import { createHash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import type { Secret } from '../core/secret.ts'

const order = ed25519.Point.Fn.ORDER

const sha512 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const number = (littleEndian: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(littleEndian).reverse().toString('hex')}`) % order

const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()

/** As in RFC 8032, 5.1.5, but that the seed is the password, whatever its length: so no library's function of whole keys
 *  takes it. */
const keysOf = (password: Secret): { scalar: bigint; prefix: Uint8Array; publicKey: Uint8Array } => {
  const seed = sha512(password.bytes())
  const low = Buffer.from(seed.subarray(0, 32))
  low[0] = (low[0] ?? 0) & 0xf8
  low[31] = ((low[31] ?? 0) & 0x3f) | 0x40
  const scalar = number(low)
  return { scalar, prefix: seed.subarray(32), publicKey: ed25519.Point.BASE.multiply(scalar).toBytes() }
}

/** What MariaDB keeps for `ed25519` (plugin/auth_ed25519): the public key, 43 letters of Base64. */
export const ed25519Hash = (password: Secret): string =>
  Buffer.from(keysOf(password).publicKey).toString('base64').replace(/=+$/, '')

/** The login's answer to 32 bytes of the server's: a signature over them (RFC 8032, 5.1.6). */
export const ed25519Answer = (password: Secret, challenge: Uint8Array): Uint8Array => {
  const { scalar, prefix, publicKey } = keysOf(password)
  const nonce = number(sha512(prefix, challenge))
  const commitment = ed25519.Point.BASE.multiply(nonce).toBytes()
  const response = (nonce + number(sha512(commitment, publicKey, challenge)) * scalar) % order
  return Buffer.concat([commitment, bytes(response)])
}
