import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { Secret } from '../core/secret.ts'

/** A key for one purpose out of a key for many: HKDF-SHA256 with an empty salt. `info` names the purpose, `length` is
 *  in bytes. `root` must be random already; this stretches nothing. */
export const deriveKey = (root: Secret | Uint8Array, info: string, length = 32): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', root instanceof Secret ? root.bytes() : root, new Uint8Array(), info, length))

/** HMAC-SHA256, 32 bytes. */
export const keyedHash = (key: Uint8Array, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac('sha256', key).update(bytes).digest())

/** Plain SHA-256 as hex: for bytes that are no secret (ciphertext, settings). */
export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
