import { withoutControls } from '../host-text.ts'
import type { Secret } from '../secret.ts'

const piece = 8
const longestWord = 24
const longestLine = 300

/** Words of a stranger's program, where they can be shown: one printable line in which no eight letters are those of a
 *  value, in capitals or not, and no word is so long that it might be one in another notation. Null: they cannot. */
export const tellable = (text: string, values: Iterable<Secret>): string | null => {
  const line = text.trim()
  const isLine = line !== '' && line.length <= longestLine && /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(line)
  if (!isLine || withoutControls(line) !== line) return null
  if (line.split(' ').some((word) => word.length > longestWord)) return null
  return [...values].some((value) => sharesPiece(line, value, piece)) ? null : line
}

/** Has `text` this many letters in a row of the value, or all of a shorter one? */
export const sharesPiece = (text: string, value: Secret, length: number): boolean => {
  const [within, whole] = [text.toLowerCase(), value.reveal().toLowerCase()]
  if (whole === '') return false
  if (whole.length <= length) return within.includes(whole)
  for (let at = 0; at + length <= within.length; at++) if (whole.includes(within.slice(at, at + length))) return true
  return false
}
