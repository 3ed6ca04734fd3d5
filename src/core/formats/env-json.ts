import { fail } from '../errors.ts'
import { isSecretName, quoteName } from '../names.ts'
import { Secret } from '../secret.ts'

export interface JsonEntry {
  readonly name: string
  readonly value: Secret
  readonly line: number
}

/** Reads one flat JSON object of secrets. `null` is absent; numbers keep every digit they are written with; true and
 *  false become text. A reader of its own, because JSON.parse rounds numbers, lets the last of two names win, and quotes
 *  the text in its errors.
 *  @throws CONFIG with file, line and column, never with any of the text */
export const parseJsonEnv = (source: string, options: { readonly at?: string } = {}): readonly JsonEntry[] => {
  const reader = jsonReader(source.startsWith('\ufeff') ? source.slice(1) : source, options.at)
  const entries: JsonEntry[] = []
  const seen = new Set<string>()
  reader.expect('{', 'an object such as {"NAME": "value"}')
  for (let more = !reader.skip('}'); more; more = reader.more()) {
    const name = reader.string('a name in double quotes')
    if (!isSecretName(name)) throw reader.refuse('this key cannot be a name of a secret', nameRule)
    if (seen.has(name)) throw reader.refuse(`${quoteName(name)} is there twice`, 'keep one of the two')
    seen.add(name)
    reader.expect(':', 'a colon')
    const value = reader.value(name)
    if (value !== null) entries.push({ name, value: new Secret(value), line: reader.line() })
  }
  reader.end()
  return entries
}

const nameRule = 'letters, digits and _ only, not starting with a digit'

interface JsonReader {
  readonly expect: (character: string, expected: string) => void
  readonly skip: (character: string) => boolean
  readonly more: () => boolean
  readonly string: (expected: string) => string
  readonly value: (name: string) => string | null
  readonly line: () => number
  readonly end: () => void
  readonly refuse: (message: string, hint: string) => Error
}

const jsonReader = (text: string, at: string | undefined): JsonReader => {
  let [position, start] = [0, 0]
  const refuse = (message: string, hint: string): Error => {
    const lines = text.slice(0, start).split('\n')
    const place = `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
    return fail('CONFIG', message, { at: at === undefined ? `line ${place}` : `${at}:${place}`, hint })
  }
  const take = (pattern: RegExp): string | null => {
    position += matched(/[ \t\r\n]*/y, text, position)?.length ?? 0
    start = position
    const found = matched(pattern, text, position)
    position += found?.length ?? 0
    return found
  }
  const expect = (character: string, expected: string): void => {
    if (take(/[{}:,]/y) !== character) throw refuse(`expected ${expected}`, 'check the JSON')
  }
  const skip = (character: string): boolean => {
    const before = position
    if (take(/[{}:,]/y) === character) return true
    position = before
    return false
  }
  const string = (expected: string): string => {
    const found = take(stringToken)
    if (found === null) throw refuse(`expected ${expected}`, 'check the JSON')
    const value: unknown = JSON.parse(found)
    if (typeof value === 'string' && value.isWellFormed() && !value.includes('\0')) return value
    throw refuse('text that no environment variable can hold', 'store it coded, as base64')
  }
  const value = (name: string): string | null => {
    const bare = take(/(?:null|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y)
    if (bare !== null) return bare === 'null' ? null : bare
    if (matched(/[{[]/y, text, position) === null) return string('a value')
    throw refuse(`${name} is not a text but a structure of its own`, 'only one flat object can be imported')
  }
  return {
    expect,
    skip,
    string,
    value,
    refuse,
    more: () => {
      if (skip('}')) return false
      expect(',', 'a comma or a closing brace')
      return true
    },
    line: () => text.slice(0, start).split('\n').length,
    end: () => {
      if (take(/[^]/y) !== null) throw refuse('text after the closing brace', 'one object a file')
    },
  }
}

const stringToken = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

const matched = (pattern: RegExp, text: string, from: number): string | null => {
  pattern.lastIndex = from
  return pattern.exec(text)?.[0] ?? null
}
