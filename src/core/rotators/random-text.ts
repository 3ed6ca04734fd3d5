import type { Random } from '../ports.ts'

/** Letters that values are made of. None has a character that a URL, a shell, a dotenv file or a SQL text takes for
 *  something else. */
export const alphabets = {
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  hex: '0123456789abcdef',
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  /** Without those that people confuse: 0 O 1 l I. */
  readable: 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789',
} as const

export type Alphabet = keyof typeof alphabets

/** Letters that hold at least this many random bytes. */
export const lettersFor = (alphabet: Alphabet, bytes: number): number =>
  Math.ceil((bytes * 8) / Math.log2(alphabets[alphabet].length))

/** `length` letters, each as likely as any other. */
export const randomText = (random: Random, alphabet: Alphabet, length: number): string => {
  const letters = alphabets[alphabet]
  const limit = 256 - (256 % letters.length)
  let text = ''
  while (text.length < length) {
    // a byte beyond the last whole round would make the first letters likelier
    const fair = [...random.bytes(length - text.length)].filter((byte) => byte < limit)
    text += fair.map((byte) => letters[byte % letters.length]).join('')
  }
  return text
}
