import { createHash } from 'node:crypto'
import type { Secret } from '../core/secret.ts'
import { cryptLetters, sha256Crypt } from './sha256-crypt.ts'

const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest()

/** What the server keeps for `mysql_native_password`: `*` and 40 capital hexadecimal digits. */
export const nativeHash = (password: Secret): string => `*${sha1(sha1(password.bytes())).toString('hex').toUpperCase()}`

/** What the server keeps for `caching_sha2_password`: `$A$005$`, a salt of 20 letters, and the digest of 5000 rounds
 *  (sql/auth/sha2_password.cc). The server's own salts are bytes; letters need no quoting.
 *  @param random 20 random bytes */
export const cachingSha2Hash = (password: Secret, random: Uint8Array): string => {
  const salt = Array.from(random, (byte) => cryptLetters[byte % 64] ?? '').join('')
  return `$A$005$${salt}${sha256Crypt(password.bytes(), Buffer.from(salt))}`
}
