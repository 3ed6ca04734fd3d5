import type { Secret } from '../core/secret.ts'
import { keyedHash } from './derive.ts'

/** Headers that say when a body was sent and, with a key, that it is ours: `v1=` and the HMAC-SHA256 of the seconds since
 *  1970, a dot and the body, in hex. @param now milliseconds since 1970 */
export const signedHeaders = (key: Secret | null, now: number, body: string): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(now / 1000))
  const hash = (by: Secret): string =>
    Buffer.from(keyedHash(by.bytes(), new TextEncoder().encode(`${timestamp}.${body}`))).toString('hex')
  return { 'lockstep-timestamp': timestamp, ...(key === null ? {} : { 'lockstep-signature': `v1=${hash(key)}` }) }
}
