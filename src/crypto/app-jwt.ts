import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import { fail } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'

/** How a GitHub App says who it is: a token of its own making (RFC 7519, RS256), good for nine minutes.
 *  @param app its id or client id
 *  @param now milliseconds since 1970
 *  @throws CONFIG for what is no RSA private key in PEM */
export const appToken = (app: string, key: Secret, now: number): string => {
  const seconds = Math.floor(now / 1000)
  // a minute back, for clocks that differ; GitHub takes ten minutes at most
  const claims = { iat: seconds - 60, exp: seconds + 540, iss: app }
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims].map(coded).join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey(key)).toString('base64url')}`
}

/** `SHA256:…` of the public half, as GitHub lists an App's keys. Null for what is no RSA private key in PEM. */
export const appKeyFingerprint = (key: Secret): string | null => {
  const secret = readKey(key)
  if (secret === null) return null
  const open = createPublicKey(secret).export({ format: 'der', type: 'spki' })
  return `SHA256:${createHash('sha256').update(open).digest('base64')}`
}

const coded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

const privateKey = (key: Secret): KeyObject => {
  const found = readKey(key)
  if (found !== null) return found
  throw fail('CONFIG', 'not the private key of a GitHub App', {
    hint: 'the .pem file as GitHub gave it, from its first line to its last',
  })
}

const readKey = (key: Secret): KeyObject | null => {
  try {
    const found = createPrivateKey(key.reveal())
    return found.asymmetricKeyType === 'rsa' ? found : null
  } catch (error) {
    // what is wrong with it could quote it
    if (error instanceof Error) return null
    throw error
  }
}
