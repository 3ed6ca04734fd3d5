import { base64 } from '../base64.ts'
import { Secret } from '../secret.ts'
import { passwordBits } from '../secrets/password-strength.ts'
import { spellings } from './spellings.ts'
import { shortestTelling, tellingBits } from './telling.ts'

/** A value that must lie nowhere on a host but sealed. */
export interface SoughtValue {
  readonly what: SoughtName
  readonly value: Secret
}

export type SoughtName =
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'project-password' | 'scope-password'; readonly name: null }

/** One way in which a value may be written down; a host is told its keyed digest and its length. */
export interface SoughtForm {
  readonly what: SoughtName
  readonly bytes: Secret
}

/** What a host looks for: the answer names forms by their place in the list. */
export interface Sought {
  readonly forms: readonly SoughtForm[]
  /** What is too short or too plain to be looked for: values that would be found in innocent places, a project password
   *  that could be guessed. */
  readonly leftOut: readonly string[]
}

/** What was asked of a host, and when. */
export interface AskedHost {
  readonly sought: Sought
  /** Milliseconds since 1970 by the clock here, before it was asked and after it answered. */
  readonly before: number
  readonly after: number
}

/** Values in all forms that a host looks for: as they are, in base64, URL-encoded, as `spellings` says, and of each that
 *  is made of several words its longest one. */
export const soughtForms = (values: readonly SoughtValue[]): Sought => {
  const forms: SoughtForm[] = []
  const leftOut: string[] = []
  for (const { what, value } of values) {
    const found = writtenForms(value, fewestBits[what.kind])
    if (found.length === 0) leftOut.push(what.name ?? leftOutWords[what.kind])
    forms.push(...found.map((text) => ({ what, bytes: new Secret(text) })))
  }
  return { forms, leftOut }
}

const leftOutWords = { secret: '', 'project-password': 'the project password', 'scope-password': '' } as const

const shortestPart = 12
/** With its digest a host could try guesses as fast as it likes: the project password is looked for only where that
 *  is hopeless. A secret the host has anyway; a plain one would be found in innocent places. */
const fewestBits = { secret: tellingBits, 'project-password': 80, 'scope-password': tellingBits } as const
/** A host is told lengths in two bytes. */
const longest = 65_535

const writtenForms = (value: Secret, bits: number): readonly string[] => {
  const isTelling = (one: string, atLeast: number): boolean => one.length >= atLeast && passwordBits(one) >= bits
  const text = value.reveal().trim()
  if (!isTelling(text, shortestTelling)) return []
  const encoded = [text, unpadded(text), encodeURIComponent(text.toWellFormed())]
  const parts = encoded.flatMap((one) => longestWord(one) ?? []).filter((one) => isTelling(one, shortestPart))
  return [...new Set([...encoded, ...parts, ...spellings(text)])].filter(
    (one) => new TextEncoder().encode(one).length <= longest,
  )
}

/** The longest run of the characters that every notation leaves alone; hosts cut what they read in the same way. */
const longestWord = (text: string): string | null =>
  (text.match(/[\w-]+/g) ?? []).toSorted((a, b) => b.length - a.length)[0] ?? null

/** Without its padding, which is cut off on hosts too. */
const unpadded = (text: string): string => base64(new TextEncoder().encode(text)).replace(/=+$/, '')
