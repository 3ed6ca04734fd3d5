import {
  constants,
  createHash,
  hkdfSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { Stanza, type Identity, type Recipient } from 'age-encryption'
import { fail } from '../core/errors.ts'
import { parseSshPrivate, parseSshPublic, type SshKey } from './ssh-key.ts'

/** age's own recipient types for ssh keys, as age-encryption.org/v1 defines them: anybody's `age` opens these files.
 *  @throws USAGE for a line that is no such key */
export const sshRecipient = (line: string): Recipient => {
  const key = parseSshPublic(line)
  const tag = tagOf(key)
  if (key.type === 'ssh-rsa') {
    return { wrapFileKey: (fileKey) => [new Stanza([key.type, tag], publicEncrypt(oaep(key.public), fileKey))] }
  }
  const ours = pointOf(key)
  return {
    wrapFileKey: (fileKey) => {
      const ephemeral = new Uint8Array(randomBytes(32))
      const share = x25519.getPublicKey(ephemeral)
      const wrapping = wrappingKey(key, x25519.getSharedSecret(ephemeral, ours), share)
      return [new Stanza([key.type, tag, unpadded(share)], chacha20poly1305(wrapping, nonce).encrypt(fileKey))]
    },
  }
}

/** The private side. @throws USAGE for a key with a passphrase, or of another type */
export const sshIdentity = (pem: string, at: string): Identity => {
  const { key, secret } = parseSshPrivate(pem, at)
  const tag = tagOf(key)
  return {
    unwrapFileKey: (stanzas) => {
      for (const { args, body } of stanzas) {
        if (args[0] !== key.type || args[1] !== tag) continue
        const opened = key.type === 'ssh-rsa' ? openRsa(secret, body) : openEd25519(key, secret, args[2], body)
        if (opened !== null) return opened
      }
      return null
    },
  }
}

const pointOf = (key: SshKey): Uint8Array => {
  try {
    return ed25519.utils.toMontgomery(key.raw)
  } catch (cause) {
    throw fail('USAGE', 'this ssh key is damaged: no private key belongs to it', { cause })
  }
}

const oaep = (key: KeyObject): Parameters<typeof publicEncrypt>[0] => ({
  key,
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: 'sha256',
  oaepLabel: Buffer.from('age-encryption.org/v1/ssh-rsa'),
})

const openRsa = (secret: KeyObject, body: Uint8Array): Uint8Array | null =>
  quietly(() => privateDecrypt(oaep(secret), body))

const openEd25519 = (
  key: SshKey,
  secret: KeyObject,
  share: string | undefined,
  body: Uint8Array,
): Uint8Array | null => {
  const point = new Uint8Array(Buffer.from(share ?? '', 'base64'))
  if (point.length !== 32 || body.length !== 32) return null
  const seed = new Uint8Array(Buffer.from(secret.export({ format: 'jwk' }).d ?? '', 'base64url'))
  return quietly(() => {
    const shared = x25519.getSharedSecret(ed25519.utils.toMontgomerySecret(seed), point)
    return chacha20poly1305(wrappingKey(key, shared, point), nonce).decrypt(body)
  })
}

/** What a stanza's tag promised may turn out not to be for us: the next stanza is tried. */
const quietly = (open: () => Uint8Array): Uint8Array | null => {
  try {
    return open()
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

const tagOf = (key: SshKey): string => unpadded(createHash('sha256').update(key.wire).digest().subarray(0, 4))

/** Bound to this very ssh key by the tweak, so that another key with the same point on the curve opens nothing. */
const wrappingKey = (key: SshKey, shared: Uint8Array, share: Uint8Array): Uint8Array => {
  const tweak = derive(new Uint8Array(), key.wire)
  return derive(x25519.getSharedSecret(tweak, shared), Buffer.concat([share, ed25519.utils.toMontgomery(key.raw)]))
}

const derive = (secret: Uint8Array, salt: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, salt, 'age-encryption.org/v1/ssh-ed25519', 32))

/** May be all zero: every wrapping key is used once. */
const nonce = new Uint8Array(12)

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
