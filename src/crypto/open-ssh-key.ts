import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { hasCode } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { parseSshPrivate } from './ssh-key.ts'

/** An ed25519 key pair as OpenSSH keeps it. */
export interface SshKeyPair {
  /** `-----BEGIN OPENSSH PRIVATE KEY-----`, without a passphrase, a line end behind its last line: ssh wants one. */
  readonly private: Secret
  /** `ssh-ed25519 AAAA… comment` */
  readonly public: string
}

/** Makes one with the engine's own randomness. The comment, which may be empty, is one line. */
export const makeSshKeyPair = (comment: string): SshKeyPair => {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const wire = parts(type, point)
  const secret = new Secret(armored(privateFile({ wire, seed, point, comment })))
  seed.fill(0)
  return { private: secret, public: [type, wire.toString('base64'), comment].join(' ').trim() }
}

/** `ssh-ed25519 AAAA…` or `ssh-rsa AAAA…` of a private key, without a comment. Null for a key that cannot be read: of
 *  another type, with a passphrase, or none at all. */
export const sshPublicOf = (secret: Secret): string | null => {
  try {
    const { key } = parseSshPrivate(secret.reveal(), 'key')
    return `${key.type} ${Buffer.from(key.wire).toString('base64')}`
  } catch (error) {
    if (hasCode(error, 'USAGE')) return null
    throw error
  }
}

/** `SHA256:…`, as ssh shows keys, of `TYPE BASE64`. */
export const sshFingerprint = (key: string): string => {
  const wire = Buffer.from(key.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(wire).digest('base64').replace(/=+$/, '')}`
}

export const isFingerprint = (word: string): boolean => /^SHA256:[A-Za-z0-9+/]{43}$/.test(word)

const type = 'ssh-ed25519'

interface Half {
  readonly wire: Buffer
  readonly seed: Buffer
  readonly point: Buffer
  readonly comment: string
}

/** Source: PROTOCOL.key in OpenSSH. */
const privateFile = ({ wire, seed, point, comment }: Half): Buffer => {
  const check = randomBytes(4)
  const open = Buffer.concat([check, check, parts(type, point, Buffer.concat([seed, point]), comment)])
  // 1, 2, 3, … up to the next multiple of the block's size, which is 8 without a cipher
  const padding = Buffer.from(Array.from({ length: (8 - (open.length % 8)) % 8 }, (_, index) => index + 1))
  const one = Buffer.of(0, 0, 0, 1)
  const head = Buffer.concat([Buffer.from('openssh-key-v1\0'), parts('none', 'none', ''), one])
  return Buffer.concat([head, parts(wire), parts(Buffer.concat([open, padding]))])
}

/** Each with its length in front. */
const parts = (...all: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(
    all.flatMap((one) => {
      const size = Buffer.alloc(4)
      size.writeUInt32BE(Buffer.byteLength(one))
      return [size, Buffer.from(one)]
    }),
  )

const armored = (bytes: Buffer): string => {
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
