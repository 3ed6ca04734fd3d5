import { createCipheriv, createDecipheriv, createHash, generateKeyPairSync, hkdfSync } from 'node:crypto'
import { constants, privateDecrypt, publicEncrypt, type KeyObject } from 'node:crypto'
import { Stanza, type Identity, type Recipient } from 'age-encryption'
import { edwardsToMontgomery, rawX25519, x25519, x25519Private } from './curve25519.ts'
import { parseSshPrivate, parseSshPublic, type SshKey } from './ssh-key.ts'

/** age's own recipient types for ssh keys, as age-encryption.org/v1 defines them: anybody's `age` opens these files.
 *  @throws USAGE for a line that is no such key */
export const sshRecipient = (line: string): Recipient => {
  const key = parseSshPublic(line)
  const tag = tagOf(key)
  if (key.type === 'ssh-rsa') {
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    return {
      wrapFileKey: (fileKey) => [
        new Stanza(
          [key.type, tag],
          publicEncrypt({ key: key.public, padding, oaepHash: 'sha256', oaepLabel: Buffer.from(rsaLabel) }, fileKey),
        ),
      ],
    }
  }
  const ours = edwardsToMontgomery(key.raw)
  return {
    wrapFileKey: (fileKey) => {
      const ephemeral = generateKeyPairSync('x25519')
      const share = rawX25519(ephemeral.publicKey)
      const shared = x25519(tweakOf(key), x25519(ephemeral.privateKey, ours))
      return [new Stanza([key.type, tag, unpadded(share)], sealKey(wrappingKey(shared, share, ours), fileKey))]
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

const rsaLabel = 'age-encryption.org/v1/ssh-rsa'
const ed25519Label = 'age-encryption.org/v1/ssh-ed25519'

const openRsa = (secret: KeyObject, body: Uint8Array): Uint8Array | null => {
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return quietly(() =>
    privateDecrypt({ key: secret, padding, oaepHash: 'sha256', oaepLabel: Buffer.from(rsaLabel) }, body),
  )
}

const openEd25519 = (
  key: SshKey,
  secret: KeyObject,
  share: string | undefined,
  body: Uint8Array,
): Uint8Array | null => {
  const point = Buffer.from(share ?? '', 'base64')
  if (point.length !== 32 || body.length !== 32) return null
  const jwk = secret.export({ format: 'jwk' })
  const seed = Buffer.from(jwk.d ?? '', 'base64url')
  const scalar = x25519Private(createHash('sha512').update(seed).digest().subarray(0, 32))
  return quietly(() => {
    const shared = x25519(tweakOf(key), x25519(scalar, point))
    return openKey(wrappingKey(shared, point, edwardsToMontgomery(key.raw)), body)
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

const tweakOf = (key: SshKey): KeyObject =>
  x25519Private(new Uint8Array(hkdfSync('sha256', new Uint8Array(), key.wire, ed25519Label, 32)))

const wrappingKey = (shared: Uint8Array, share: Uint8Array, ours: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', shared, Buffer.concat([share, ours]), ed25519Label, 32))

/** The nonce may be all zero: every wrapping key is used once. */
const nonce = new Uint8Array(12)
const tagLength = { authTagLength: 16 }

const sealKey = (key: Uint8Array, fileKey: Uint8Array): Uint8Array => {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, tagLength)
  return new Uint8Array(Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]))
}

const openKey = (key: Uint8Array, body: Uint8Array): Uint8Array => {
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, tagLength).setAuthTag(body.subarray(-16))
  return new Uint8Array(Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]))
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
