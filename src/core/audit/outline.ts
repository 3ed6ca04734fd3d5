/** How a form begins that is no word of a text: 1 for a letter, 0 for what stands between words, of its first characters,
 *  behind a 1. All that a host learns of a value beside its length and its digest; it looks where a text begins so, and
 *  nowhere else. 0: a word, as hosts cut them. */
export const outlineOf = (form: Uint8Array): number => {
  const end = form.findLastIndex((byte) => byte !== padding) + 1
  if (!form.subarray(0, end).some((byte) => byte <= 0x20 || breaks.has(byte))) return 0
  return form.subarray(0, told).reduce((bits, byte) => bits * 2 + (isLetter(byte) ? 1 : 0), 1)
}

const told = 15
const charactersOf = (text: string): ReadonlySet<number> => new Set(new TextEncoder().encode(text))
/** What ends a word, besides blanks and controls. */
const breaks = charactersOf('"\'`,;<>()[]{}|&\\=:@?')
const letters = charactersOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-')
/** At the end of base64: hosts look at words with and without it. */
const padding = 0x3d

const isLetter = (byte: number): boolean => byte > 0x7f || letters.has(byte)
