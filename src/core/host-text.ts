/** Control, bidi and other invisible characters are shown as `\u001b`, so that text from outside can neither move the
 *  cursor nor hide what follows. Newlines stay. */
export const printable = (text: string): string => text.replace(/[^\n\P{C}]|[\u2028\u2029]/gu, escapeUnits)

/** Text from a host, as it may stand in a line of ours: on one line, all of it visible, cut. */
export const hostText = (text: string, longest = 300): string => {
  const line = printable(
    text
      .slice(0, 4 * longest)
      .replace(/\s+/gu, ' ')
      .trim(),
  )
  return line.length > longest ? `${line.slice(0, longest).toWellFormed()}…` : line
}

/** The same for text that is data as well: only what would break or turn a line is escaped, nothing is cut. */
export const withoutControls = (text: string): string =>
  text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, escapeUnits)

/** In single quotes, as every POSIX shell reads them: one word, whatever is in it but NUL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** One word for a shell, whatever is in it. What cannot be seen is written as bytes, which bash, zsh and ksh read. */
export const shellWord = (text: string): string => {
  if (/^[\w./:@%+,=][\w./:@%+,=-]*$/.test(text)) return text
  if (/^[\x20-\x7e]*$/.test(text)) return quoted(text)
  const bytes = [...new TextEncoder().encode(text)]
  return `$'${bytes.map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `\\x${hex(byte)}`)).join('')}'`
}

/** A path as an argument of a command: never read as an option, nor as a pattern of git's. */
export const pathWord = (path: string): string => shellWord(/^[-:]/.test(path) ? `./${path}` : path)

const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

const escapeUnits = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')
