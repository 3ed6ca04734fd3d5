import type { webcrypto } from 'node:crypto'
import type { Engine, GcmKeys } from './engine.ts'

declare const Bun: {
  readonly CryptoHasher: new (
    algorithm: 'sha256',
    key?: Uint8Array,
  ) => { update(bytes: Uint8Array | string): { digest(): Uint8Array } }
}
declare const crypto: webcrypto.Crypto & { timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean }

type Use = 'deriveBits' | 'encrypt' | 'decrypt'

const imported = (algorithm: string, key: Uint8Array, use: Use): Promise<webcrypto.CryptoKey> =>
  crypto.subtle.importKey('raw', owned(key), algorithm, false, [use])

/** The types want bytes that no other thread shares: ours never are. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Uint8Array.from(bytes)

const gcm = ({ nonce, additional }: GcmKeys): webcrypto.AesGcmParams => ({
  name: 'AES-GCM',
  iv: owned(nonce),
  additionalData: owned(additional),
})

export const bunEngine: Engine = {
  stretch: async (password, salt, rounds, length) => {
    const key = await imported('PBKDF2', password, 'deriveBits')
    const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: owned(salt), iterations: rounds }
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, length * 8))
  },
  hmac: (key, bytes) => new Bun.CryptoHasher('sha256', key).update(bytes).digest(),
  sha256: (bytes) => new Bun.CryptoHasher('sha256').update(bytes).digest(),
  ctr: async (key, counter, bytes) => {
    const parameters = { name: 'AES-CTR', counter: owned(counter), length: 128 }
    return new Uint8Array(
      await crypto.subtle.encrypt(parameters, await imported('AES-CTR', key, 'encrypt'), owned(bytes)),
    )
  },
  seal: async (keys, bytes) =>
    new Uint8Array(
      await crypto.subtle.encrypt(gcm(keys), await imported('AES-GCM', keys.key, 'encrypt'), owned(bytes)),
    ),
  open: async (keys, sealed) => {
    const key = await imported('AES-GCM', keys.key, 'decrypt')
    try {
      return new Uint8Array(await crypto.subtle.decrypt(gcm(keys), key, owned(sealed)))
    } catch {
      return null
    }
  },
  same: (a, b) => a.length === b.length && crypto.timingSafeEqual(a, b),
}
