import { fail, type SecretsError } from '../errors.ts'
import { isSecretName } from '../names.ts'

/** One assignment, with where it stands in `Scanned.text`. */
export interface Assignment {
  readonly name: string
  readonly value: string
  readonly line: number
  /** Start of its first line, and start of the line after its last. */
  readonly from: number
  readonly to: number
  /** The value as written, quotes included. */
  readonly valueFrom: number
  readonly valueTo: number
}

export interface Scanned {
  /** The text that the positions count in: without byte order mark, lines ending in LF. */
  readonly text: string
  readonly assignments: readonly Assignment[]
}

/** Finds every assignment of a dotenv text. @throws CONFIG, see dotenv.ts */
export const scanDotenv = (source: string, at?: string): Scanned => {
  const text = normalised(source)
  const assignments: Assignment[] = []
  const seen = new Map<string, number>()
  const refuse: Refuse = (offset, message, hint) => {
    const lines = text.slice(0, offset).split('\n')
    const place = `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
    return fail('CONFIG', message, { at: at === undefined ? `line ${place}` : `${at}:${place}`, hint })
  }
  let [position, line] = [0, 1]
  while (position < text.length) {
    const blank = matchAt(/[ \t]*(?:#[^\n]*)?(?:\n|$)/y, text, position)
    const to = blank === null ? scanAssignment(text, position, line, refuse) : position + blank.length
    if (typeof to !== 'number') {
      const first = seen.get(to.name)
      if (first !== undefined) {
        throw refuse(position, `${to.name} is set twice, first on line ${first}`, 'keep one of the two')
      }
      seen.set(to.name, line)
      assignments.push(to)
    }
    const next = typeof to === 'number' ? to : to.to
    line += countLineEnds(text, position, next)
    position = next
  }
  return { text, assignments }
}

type Refuse = (offset: number, message: string, hint: string) => SecretsError

const quoteIt = "put the value into single quotes: NAME='…'"

/** A file from Windows, where every line ends in CRLF, is read without its CRs. Elsewhere a CR is part of a value. */
const normalised = (source: string): string => {
  const text = source.startsWith('\ufeff') ? source.slice(1) : source
  return /\n/.test(text) && !/(?<!\r)\n/.test(text) ? text.replaceAll('\r\n', '\n') : text
}

const matchAt = (pattern: RegExp, text: string, from: number): string | null => {
  pattern.lastIndex = from
  return pattern.exec(text)?.[0] ?? null
}

const countLineEnds = (text: string, from: number, to: number): number => {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}

const scanAssignment = (text: string, from: number, line: number, refuse: Refuse): Assignment => {
  const head = matchAt(/[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=/y, text, from)
  const name = head === null ? '' : head.slice(0, -1).replace(/^[ \t]*(?:export[ \t]+)?/, '')
  // What stands here may be a line of somebody's key: it is never shown.
  if (head === null || !isSecretName(name)) {
    throw refuse(from, 'this line is not NAME=value', 'no blanks around =; a value of several lines goes into quotes')
  }
  const valueFrom = from + head.length
  const { value, to: valueTo } = scanValue(text, valueFrom, refuse)
  const tail = matchAt(/(?:[ \t]+(?:#[^\n]*)?)?(?:\n|$)/y, text, valueTo)
  if (tail === null) throw refuse(valueTo, reasonAgainst(text.slice(valueTo)), quoteIt)
  return { name, value, line, from, to: valueTo + tail.length, valueFrom, valueTo }
}

interface Value {
  readonly value: string
  readonly to: number
}

const scanValue = (text: string, from: number, refuse: Refuse): Value => {
  if (text[from] === "'") {
    const end = text.indexOf("'", from + 1)
    if (end < 0) throw refuse(from, 'a single quote that is never closed', 'close it, or remove it')
    return checked({ value: text.slice(from + 1, end), to: end + 1 }, from, refuse)
  }
  if (text[from] === '"') return checked(scanDoubleQuoted(text, from, refuse), from, refuse)
  const value = scanBare(text, from)
  return { value, to: from + value.length }
}

/** Letters and digits of all scripts only where there are any: their pattern takes a millisecond to compile. */
const scanBare = (text: string, from: number): string => {
  const value = matchAt(/[A-Za-z0-9_./:@%+,=^!?*{}[\]-]*/y, text, from) ?? ''
  const isPlain = !(text.charCodeAt(from + value.length) > 0x7f)
  return isPlain ? value : (matchAt(/[\p{L}\p{N}_./:@%+,=^!?*{}[\]-]*/uy, text, from) ?? '')
}

const checked = (value: Value, from: number, refuse: Refuse): Value => {
  if (!value.value.includes('\0')) return value
  throw refuse(from, 'a NUL character', 'environment variables cannot hold it: store the value as base64')
}

const scanDoubleQuoted = (text: string, from: number, refuse: Refuse): Value => {
  let value = ''
  let at = from + 1
  for (;;) {
    const plain = matchAt(/[^"\\$`]*/y, text, at) ?? ''
    value += plain
    at += plain.length
    const next = text[at]
    if (next === undefined) throw refuse(from, 'a double quote that is never closed', 'close it, or remove it')
    if (next === '"') return { value, to: at + 1 }
    if (next !== '\\') {
      throw refuse(at, `a ${next === '$' ? '$' : 'backtick'} inside double quotes, where a shell replaces it`, quoteIt)
    }
    const escaped = text[at + 1] ?? ''
    if (!['\\', '"', '$', '`'].includes(escaped)) {
      const hint = 'a line end is written as a line end; a backslash goes into single quotes'
      throw refuse(at, 'a backslash inside double quotes that readers take differently', hint)
    }
    value += escaped
    at += 2
  }
}

const reasonAgainst = (rest: string): string => {
  const [first = ''] = rest.replace(/^[ \t]+/, '')
  if (rest.startsWith('\r')) return 'a carriage return at the end of a line, while other lines have none'
  if (rest.startsWith('#')) return 'a # right behind a value: comment or not, readers differ'
  if (/^[ \t]/.test(rest)) return 'a blank inside a value without quotes'
  if (first === '$' || first === '`') return 'a $ or backtick in a value without quotes, where a shell replaces it'
  if (first === "'" || first === '"') return 'a quote in the middle of a value'
  if (first === '\\') return 'a backslash in a value without quotes, where a shell drops it'
  return 'a character that a shell acts on, in a value without quotes'
}
