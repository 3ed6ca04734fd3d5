import type { Random } from '../core/ports.ts'
import { Secret } from '../core/secret.ts'
import { engine } from './engine.ts'

const hashLength = 32

/** A key for one purpose out of a key for many: HKDF-SHA256 (RFC 5869) with an empty salt. `info` names the purpose,
 *  `length` is in bytes. `root` must be random already; this stretches nothing. */
export const deriveKey = (root: Secret | Uint8Array, info: string, length: number = hashLength): Uint8Array => {
  const key = engine.hmac(new Uint8Array(hashLength), root instanceof Secret ? root.bytes() : root)
  const derived = new Uint8Array(length)
  let block: Uint8Array = new Uint8Array()
  for (let at = 0, count = 1; at < length; at += hashLength, count++) {
    block = engine.hmac(key, Buffer.concat([block, Buffer.from(info), Uint8Array.of(count)]))
    derived.set(block.subarray(0, length - at), at)
  }
  return derived
}

/** HMAC-SHA256, 32 bytes. */
export const keyedHash = (key: Uint8Array, bytes: Uint8Array): Uint8Array => new Uint8Array(engine.hmac(key, bytes))

/** Plain SHA-256 as hex: for bytes that are no secret (ciphertext, settings). */
export const sha256 = (bytes: Uint8Array | string): string => Buffer.from(engine.sha256(bytes)).toString('hex')

/** 128 random bits as hex, to name one thing for good. */
export const randomId = (random: Pick<Random, 'bytes'>): string => Buffer.from(random.bytes(16)).toString('hex')
