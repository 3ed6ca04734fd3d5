import { fail, hasCode } from './errors.ts'

/** Reads one JSON value into a type that cannot be wrong; `at` says where in the document it stands. */
export type Shape<T> = (value: unknown, at: string) => T

const wrong = (at: string, expected: string): never => {
  throw fail('TAMPERED', `expected ${expected}`, { at })
}

/** Text that can be written again: no lone surrogates. */
export const text: Shape<string> = (value, at) =>
  typeof value === 'string' && value.isWellFormed() ? value : wrong(at, 'text')

const longestPath = 16 * 1024

/** A path on a host: Linux takes 4,096 bytes, of which one that is not UTF-8 is told as four characters. */
export const pathText: Shape<string> = (value, at) => {
  const found = text(value, at)
  return found.length <= longestPath ? found : wrong(at, 'a path')
}

export const flag: Shape<boolean> = (value, at) => (typeof value === 'boolean' ? value : wrong(at, 'true or false'))

export const integer: Shape<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : wrong(at, 'a whole number')

/** A number of things or of a version: from 0, and small enough to go on counting from. */
export const count: Shape<number> = (value, at) => {
  const found = integer(value, at)
  return found >= 0 && found < 2 ** 31 ? found : wrong(at, 'a count')
}

/** Seconds since 1970, within what a date can say. */
export const seconds: Shape<number> = (value, at) => {
  const found = integer(value, at)
  return found >= 0 && found < 4e12 ? found : wrong(at, 'a time')
}

const longestList = 100_000

export const oneOf =
  <T extends string>(...words: readonly T[]): Shape<T> =>
  (value, at) =>
    words.find((word) => word === value) ?? wrong(at, words.join(' or '))

export const list =
  <T>(item: Shape<T>): Shape<readonly T[]> =>
  (value, at) =>
    Array.isArray(value) && value.length <= longestList
      ? value.map((each, index) => item(each, `${at}[${index}]`))
      : wrong(at, 'a list')

/** Any keys, all values of one shape. */
export const dictionary =
  <T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  (value, at) =>
    Object.fromEntries(members(value, at).map(([key, each]) => [key, item(each, `${at}.${key}`)]))

export const nullable =
  <T>(item: Shape<T>): Shape<T | null> =>
  (value, at) =>
    value === null || value === undefined ? null : item(value, at)

/** An object with exactly known members; others are passed over, so that a newer writer can add some. */
export const shape =
  <T extends object>(fields: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> =>
  (value, at) => {
    const found = new Map(members(value, at))
    // every key of T is set; Object.fromEntries, typed `any`, cannot say so
    const read: readonly unknown[][] = Object.entries<Shape<unknown>>(fields).map(([key, item]) => [
      key,
      item(found.get(key), `${at}.${key}`),
    ])
    return Object.fromEntries(read)
  }

const members = (value: unknown, at: string): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : wrong(at, 'an object')

/** Parses JSON text of a shape. @throws TAMPERED saying where it is not */
export const parseJson = <T>(source: string, item: Shape<T>, at: string): T => {
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch (cause) {
    if (cause instanceof SyntaxError) throw fail('TAMPERED', 'not readable JSON', { at })
    throw cause
  }
  return item(value, at)
}

/** The same where it may be anything: null for what is not of that shape. */
export const parseOrNull = <T>(source: string, item: Shape<T>): T | null => {
  try {
    return parseJson(source, item, 'text')
  } catch (error) {
    if (hasCode(error, 'TAMPERED')) return null
    throw error
  }
}
