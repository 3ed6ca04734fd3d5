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
  const members = Object.entries(value)
    .filter((entry): entry is [string, Canonical] => entry[1] !== undefined)
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([key, member]) => `${canonical(key)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}

const isList = (value: object): value is readonly Canonical[] => Array.isArray(value)

const surrogate = /[\ud800-\udfff]/

/** Python sorts strings by code point, JavaScript by UTF-16 unit: they differ above U+FFFF. */
const compareCodePoints = (a: string, b: string): number => {
  if (!surrogate.test(a) && !surrogate.test(b)) return a < b ? -1 : Number(a > b)
  const [x, y] = [Array.from(a), Array.from(b)]
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return x.length - y.length
}
