/** A careful guess at how many guesses a password takes, as bits. It errs towards weak: a password may be better than
 *  this says, seldom worse.
 *
 *  The text is cut into parts, and each part is worth what the cheapest reading of it costs:
 *  - a part seen before, or a row of neighbours (aaa, abc, 321, qwe): 4 bits and the logarithm of its length;
 *  - a well-known password inside: 4 bits; a year: 5 bits; other digits in a row: 3.3 bits each;
 *  - a word between blanks, dashes, dots or underscores: 12.9 bits (one of 7 776 words), less when it is short;
 *  - a run of four or more letters of one case with a vowel elsewhere: 2.6 bits a letter, as in running words;
 *  - any other character: what one of all the kinds of characters in the text is worth. */
export const passwordBits = (text: string): number => {
  const each = bitsPerCharacter(text)
  const plain = text.toLowerCase()
  let bits = 0
  for (let at = 0; at < text.length;) {
    const part = partAt({ text, plain, each }, at)
    bits += part.bits
    at += part.length
  }
  return bits
}

interface Subject {
  readonly text: string
  readonly plain: string
  readonly each: number
}

interface Part {
  readonly length: number
  readonly bits: number
}

const known =
  /^(?:passw(?:or|0r)[dt]|p@ssw[o0]rd|secret|geheim|welcome|willkommen|letmein|changeme|default|admin|qwerty|qwertz|iloveyou|trustno1|ansible|lockstep)/
const year = /^(?:19|20)\d\d(?!\d)/
const keyboard = ['qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm', '1234567890']

const partAt = ({ text, plain, each }: Subject, at: number): Part => {
  const rest = text.slice(at)
  const matched = (pattern: RegExp, from: string = rest): number => pattern.exec(from)?.[0].length ?? 0
  if (matched(year) > 0) return { length: 4, bits: 5 }
  const easy = Math.max(rowLength(plain, at), repeatLength(plain, at))
  if (easy >= 3) return { length: easy, bits: 4 + Math.log2(easy) }
  const classic = matched(known, plain.slice(at))
  if (classic > 0) return { length: classic, bits: 4 }
  const digits = matched(/^\d{2,}?(?=(?:19|20)\d\d(?!\d)|\D|$)/)
  if (digits > 0) return { length: digits, bits: digits * Math.log2(10) }
  const letters = matched(/^(?:[A-Z]?[a-z]{3,}|[A-Z][a-z]{2}|[A-Z]{3,})/)
  if (letters > 0 && isWord(text, at, letters)) return { length: letters, bits: Math.min(12.9, letters * 4.7) }
  if (letters > 3 && /[aeiouy]/.test(plain.slice(at, at + letters))) return { length: letters, bits: letters * 2.6 }
  return { length: 1, bits: isSeparator(text[at]) && isLetter(text[at - 1]) && isLetter(text[at + 1]) ? 0 : each }
}

const bitsPerCharacter = (text: string): number => {
  if (/^(?:[0-9a-f]*|[0-9A-F]*)$/.test(text)) return /^\d*$/.test(text) ? Math.log2(10) : 4
  const kinds: readonly (readonly [RegExp, number])[] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/\d/, 10],
    [/[ -/:-@[-`{-~]/, 33],
    [/[^ -~]/, 100],
  ]
  return Math.log2(kinds.reduce((sum, [pattern, count]) => sum + (pattern.test(text) ? count : 0), 0))
}

const isWord = (text: string, at: number, length: number): boolean => {
  const [before, after] = [text[at - 1], text[at + length]]
  return (before === undefined || isSeparator(before)) && (after === undefined || isSeparator(after))
}

const isSeparator = (character: string | undefined): boolean => character !== undefined && ' -._'.includes(character)

const isLetter = (character: string | undefined): boolean => character !== undefined && /[A-Za-z]/.test(character)

/** How far the characters from here are neighbours: the same step of -1, 0 or 1 again and again, or along a keyboard. */
const rowLength = (plain: string, at: number): number => {
  const step = plain.charCodeAt(at + 1) - plain.charCodeAt(at)
  let length = 1
  while (Math.abs(step) <= 1 && plain.charCodeAt(at + length) - plain.charCodeAt(at + length - 1) === step) length++
  for (const row of keyboard) {
    let along = 3
    while (at + along <= plain.length && row.includes(plain.slice(at, at + along))) along++
    length = Math.max(length, along - 1)
  }
  return length > 2 ? length : 1
}

/** How much of what starts here was there before. */
const repeatLength = (plain: string, at: number): number => {
  let length = 0
  while (at + length < plain.length && plain.slice(0, at + length).includes(plain.slice(at, at + length + 1))) length++
  return length
}
