import { hash } from 'node:crypto'

const digest = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer')

/** Over and over, cut to this length. */
const filled = (bytes: Uint8Array, length: number): Buffer => Buffer.alloc(length, bytes)

const times = (bytes: Uint8Array, count: number): readonly Uint8Array[] => Array.from({ length: count }, () => bytes)

/** The last part of what crypt(3) gives for `$5$`: 43 letters (Ulrich Drepper, Unix crypt using SHA-256 and SHA-512).
 *  The salt may have any length here: MySQL's has 20 bytes. */
export const sha256Crypt = (password: Uint8Array, salt: Uint8Array, rounds = 5000): string => {
  const mixed = digest(password, salt, password)
  const parts = [password, salt, filled(mixed, password.length)]
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push(bits % 2 === 1 ? mixed : password)
  let state = digest(...parts)
  const fromPassword = filled(digest(...times(password, password.length)), password.length)
  const fromSalt = filled(digest(...times(salt, 16 + (state[0] ?? 0))), salt.length)
  for (let round = 0; round < rounds; round++) {
    const isOdd = round % 2 === 1
    state = digest(
      isOdd ? fromPassword : state,
      ...(round % 3 === 0 ? [] : [fromSalt]),
      ...(round % 7 === 0 ? [] : [fromPassword]),
      isOdd ? state : fromPassword,
    )
  }
  return inLetters(state)
}

/** Of salts and digests. */
export const cryptLetters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Three bytes at a time, ten apart and in turn, the lowest six bits first. */
const inLetters = (state: Uint8Array): string => {
  const at = (index: number): number => state[index] ?? 0
  const written = (bits: number, count: number): string =>
    Array.from({ length: count }, (_, i) => cryptLetters[(bits >> (6 * i)) & 63] ?? '').join('')
  const triples = Array.from({ length: 10 }, (_, i) => {
    const [first, second, third] = [(i * 21) % 30, (i * 21 + 10) % 30, (i * 21 + 20) % 30]
    return written((at(first) << 16) | (at(second) << 8) | at(third), 4)
  })
  return triples.join('') + written((at(31) << 8) | at(30), 3)
}
