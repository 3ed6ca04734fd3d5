/** Lines of an authorized_keys file that let one key in. A key is `TYPE BASE64`, without a comment. The file is text of
 *  one character a byte: what others wrote there stays as it is. Source: sshd(8), AUTHORIZED_KEYS FILE FORMAT. */

/** Is there a line for this key? */
export const hasKey = (file: string, key: string): boolean => linesOf(file).some((line) => placeOf(line, key) !== null)

/** Each line for `former` is followed by one for `key` with the same options, and `comment`. Null where there is no line
 *  for either: with which options, nobody could say. */
export const withKey = (file: string, former: string, key: string, comment: string): string | null => {
  const lines = linesOf(file)
  const present = new Set(lines.map((line) => optionsFor(line, key)))
  const added = lines.flatMap((line) => {
    const options = optionsFor(line, former)
    if (options === null || present.has(options)) return [line]
    const ending = /\r?\n$/.exec(line)?.[0] ?? ''
    return [ending === '' ? `${line}\n` : line, `${options}${key} ${comment}${ending === '' ? '\n' : ending}`]
  })
  const result = added.join('')
  return hasKey(result, key) ? result : null
}

/** The file without the lines for this key. */
export const withoutKey = (file: string, key: string): string =>
  linesOf(file)
    .filter((line) => placeOf(line, key) === null)
    .join('')

/** Each with its end. */
const linesOf = (file: string): readonly string[] => file.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** What stands before this key; null where the line is not for it. */
const optionsFor = (line: string, key: string): string | null => {
  const place = placeOf(line, key)
  return place === null ? null : line.slice(0, place)
}

/** Where the key begins, behind the options. Null: the line is not for this key. */
const placeOf = (line: string, key: string): number | null => {
  const start = /^[ \t]*/.exec(line)?.[0].length ?? 0
  if (line[start] === '#') return null
  if (isAt(line, start, key)) return start
  const options = optionsAt(line, start)
  const place = start + options.length + (/^[ \t]+/.exec(line.slice(start + options.length))?.[0].length ?? 0)
  // it vouches for certificates there, and lets nobody in by itself
  return isAt(line, place, key) && !isAuthority(options) ? place : null
}

const isAt = (line: string, place: number, key: string): boolean =>
  line
    .slice(place)
    .split(/[ \t\r\n]+/, 2)
    .join(' ') === key

/** Up to the first blank outside of quotes. */
const optionsAt = (line: string, start: number): string => {
  let isQuoted = false
  let end = start
  for (; end < line.length; end++) {
    const letter = line[end]
    if (letter === '\\' && line[end + 1] === '"') end++
    else if (letter === '"') isQuoted = !isQuoted
    else if (!isQuoted && /[ \t\r\n]/.test(letter ?? '')) break
  }
  return line.slice(start, end)
}

const isAuthority = (options: string): boolean =>
  options
    .replace(/"(?:\\"|[^"])*"/g, '')
    .split(',')
    .some((option) => option.toLowerCase() === 'cert-authority')
