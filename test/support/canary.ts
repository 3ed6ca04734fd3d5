import { randomBytes } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nullOnSync } from '../../src/io/system-error.ts'

/** A value that can be found again: letters and digits, so that escaping for URLs, JSON or shells leaves it as it is. */
export const newCanary = (): string => `canary${randomBytes(18).toString('hex')}`

export interface Sighting {
  readonly where: string
  /** How it was written there. */
  readonly form: string
}

/** Everything a value may look like: as it is, reversed, hex, and base64 at each of the three ways to start. */
export const formsOf = (canary: string): ReadonlyMap<string, string> => {
  const known = found.get(canary) ?? makeForms(canary)
  found.set(canary, known)
  return known
}

const found = new Map<string, ReadonlyMap<string, string>>()

const makeForms = (canary: string): ReadonlyMap<string, string> => {
  const bytes = Buffer.from(canary)
  const base64 = [0, 1, 2].map((shift) => base64Inside(bytes, shift))
  return new Map([
    ['raw', canary],
    ['reversed', [...canary].toReversed().join('')],
    ['utf-16', Buffer.from(canary, 'utf16le').toString('latin1')],
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
    ['percent', Array.from(bytes, (byte) => `%${byte.toString(16)}`).join('')],
    ...base64.map((text, shift): [string, string] => [`base64 at ${shift}`, text]),
    ...base64.map((text, shift): [string, string] => [
      `base64url at ${shift}`,
      text.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
  ])
}

/** The part of base64 that does not depend on what stands before and after. */
const base64Inside = (bytes: Buffer, shift: number): string => {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  return text.slice(shift === 0 ? 0 : shift + 1, text.length - 1)
}

/** Where a canary shows in these bytes. */
export const sightingsIn = (where: string, bytes: Uint8Array, canaries: readonly string[]): readonly Sighting[] => {
  const text = Buffer.from(bytes).toString('latin1')
  return canaries.flatMap((canary) =>
    [...formsOf(canary)].filter(([, form]) => text.includes(form)).map(([form]) => ({ where, form })),
  )
}

/** Where a canary shows in the names and contents of all files below these directories. */
export const sightingsBelow = (directories: readonly string[], canaries: readonly string[]): readonly Sighting[] =>
  directories.flatMap((directory) =>
    namesBelow(directory).flatMap((name) => {
      const path = join(directory, name)
      return [
        ...sightingsIn(`the name ${name}`, Buffer.from(name), canaries),
        ...sightingsIn(path, contentOf(path), canaries),
      ]
    }),
  )

/** Files may go while we look. */
const namesBelow = (directory: string): readonly string[] =>
  nullOnSync(['ENOENT'], () => readdirSync(directory, { recursive: true, encoding: 'utf8' })) ?? []

const contentOf = (path: string): Uint8Array =>
  nullOnSync(['ENOENT', 'EACCES'], () => (lstatSync(path).isFile() ? readFileSync(path) : null)) ?? new Uint8Array()
