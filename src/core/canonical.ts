import { fail } from './errors.ts'

/** What may stand in an authenticated document: no floats, no null, no dates. */
export type Canonical =
  | string
  | number
  | boolean
  | readonly Canonical[]
  | { readonly [key: string]: Canonical | undefined }

/** One text for one meaning: JSON with keys sorted by code point, no white space, undefined members left out.
 *  The same bytes as Python's `json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False)`
 *  for the strings, integers, booleans, lists and string-keyed objects allowed here.
 *  @throws INTERNAL for a number that is not a safe integer, or a string with a lone surrogate */
export const canonical = (value: Canonical): string => {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw fail('INTERNAL', 'a lone surrogate cannot be authenticated')
    return JSON.stringify(value)
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw fail('INTERNAL', 'only safe integers can be authenticated')
    return String(value)
  }
  if (typeof value === 'boolean') return String(value)
  if (isList(value)) return `[${value.map(canonical).join(',')}]`
  let members = ''
  for (const key of sorted(Object.keys(value))) {
    const member = value[key]
    if (member !== undefined) members += `${members === '' ? '' : ','}${canonical(key)}:${canonical(member)}`
  }
  return `{${members}}`
}

const isList = (value: object): value is readonly Canonical[] => Array.isArray(value)

const surrogate = /[\ud800-\udfff]/

/** Python sorts strings by code point, JavaScript by UTF-16 unit: they differ above U+FFFF. */
const sorted = (keys: string[]): string[] =>
  keys.some((key) => surrogate.test(key)) ? keys.sort(compareCodePoints) : keys.sort()

const compareCodePoints = (a: string, b: string): number => {
  const [x, y] = [Array.from(a), Array.from(b)]
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return x.length - y.length
}
