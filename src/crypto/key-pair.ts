import { generateKeyPair } from 'node:crypto'
import { Secret } from '../core/secret.ts'

export interface KeyPair {
  /** PEM, PKCS 8, without a passphrase. */
  readonly private: Secret
  /** PEM, SPKI. */
  readonly public: Secret
}

const publicKeyEncoding = { format: 'pem', type: 'spki' } as const
const privateKeyEncoding = { format: 'pem', type: 'pkcs8' } as const

/** Makes a key pair with the engine's own randomness. `bits` is the length of an RSA modulus (default 3072). */
export const makeKeyPair = (kind: 'ed25519' | 'rsa', bits = 3072): Promise<KeyPair> =>
  new Promise((resolve, reject) => {
    const done = (error: Error | null, open: string, secret: string): void => {
      if (error === null) resolve({ private: new Secret(secret), public: new Secret(open) })
      else reject(error)
    }
    if (kind === 'rsa') {
      generateKeyPair('rsa', { modulusLength: bits, publicKeyEncoding, privateKeyEncoding }, done)
    } else {
      generateKeyPair('ed25519', { publicKeyEncoding, privateKeyEncoding }, done)
    }
  })
