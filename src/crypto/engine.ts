import { bunEngine } from './engine-bun.ts'
import { nodeEngine } from './engine-node.ts'

/** What we need of cryptography, as the runtime gives it. */
export interface Engine {
  /** PBKDF2-HMAC-SHA256. */
  stretch(password: Uint8Array, salt: Uint8Array, rounds: number, length: number): Promise<Uint8Array>
  /** HMAC-SHA256. */
  hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array
  sha256(bytes: Uint8Array | string): Uint8Array
  /** AES-256-CTR, which is the same both ways. `counter` is the first block's, 16 bytes. */
  ctr(key: Uint8Array, counter: Uint8Array, bytes: Uint8Array): Promise<Uint8Array>
  /** AES-256-GCM: ciphertext and tag in a row. */
  seal(keys: GcmKeys, bytes: Uint8Array): Promise<Uint8Array>
  /** Null when the tag is not right. */
  open(keys: GcmKeys, sealed: Uint8Array): Promise<Uint8Array | null>
  /** Compares in constant time; false for different lengths. */
  same(a: Uint8Array, b: Uint8Array): boolean
}

export interface GcmKeys {
  readonly key: Uint8Array
  /** 12 bytes, never used twice with a key. */
  readonly nonce: Uint8Array
  /** Authenticated, not encrypted. */
  readonly additional: Uint8Array
}

/** Bun has all of it built in, and takes longer to load its node:crypto than to open a file. */
export const engine: Engine = 'bun' in process.versions ? bunEngine : nodeEngine
