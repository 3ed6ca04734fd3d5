/** Finding values in bytes, many values in one pass: for files and git history on the operators' side. What comes out
 *  are names; a value never leaves. */

import { base64 } from '../base64.ts'
import { shortestTelling } from './telling.ts'

/** One spelling of one value. */
export interface Needle {
  readonly name: string
  readonly bytes: Uint8Array
}

const encoder = new TextEncoder()

/** The spellings in which a value is looked for: as it is, in JSON, in a URL, in base64 wherever it begins in the text
 *  that was encoded. None for a value that is too short. */
export const needlesOf = (name: string, value: Uint8Array): readonly Needle[] => {
  if (value.length < shortestTelling) return []
  const text = new TextDecoder().decode(value)
  const spellings = [JSON.stringify(text).slice(1, -1), encodeURIComponent(text.toWellFormed()), ...base64Cores(value)]
  const others = [...new Set(spellings)].filter((one) => one !== text && one.length >= shortestTelling)
  return [{ name, bytes: value }, ...others.map((one) => ({ name, bytes: encoder.encode(one) }))]
}

/** The part of the base64 text that does not depend on what stands before and behind, for each of three beginnings. */
const base64Cores = (value: Uint8Array): readonly string[] =>
  [0, 1, 2].map((before) => {
    const padded = new Uint8Array(before + value.length)
    padded.set(value, before)
    const whole = base64(padded).replace(/=+$/, '')
    const start = before === 0 ? 0 : before + 1
    const end = (before + value.length) % 3 === 0 ? whole.length : whole.length - 1
    return whole.slice(start, end)
  })

export interface Finder {
  /** Names of the values in it, each once, in the order of the needles. */
  find(haystack: Uint8Array): readonly string[]
}

/** A finder for all of these at once: two bytes of a needle choose where it is compared at all. */
export const finderOf = (needles: readonly Needle[]): Finder => {
  const byStart = new Map<number, Needle[]>()
  const starts = new Uint8Array(1 << 16)
  for (const needle of needles) {
    const key = ((needle.bytes[0] ?? 0) << 8) | (needle.bytes[1] ?? 0)
    starts[key] = 1
    byStart.set(key, [...(byStart.get(key) ?? []), needle])
  }
  return {
    find: (haystack) => {
      const found = new Set<string>()
      for (let at = 0, key = haystack[0] ?? 0; at + 1 < haystack.length; at++) {
        key = ((key << 8) | (haystack[at + 1] ?? 0)) & 0xffff
        if (starts[key] === 0) continue
        for (const one of byStart.get(key) ?? []) if (isAt(haystack, at, one.bytes)) found.add(one.name)
      }
      return [...new Set(needles.map(({ name }) => name))].filter((name) => found.has(name))
    },
  }
}

const isAt = (haystack: Uint8Array, at: number, bytes: Uint8Array): boolean => {
  if (at + bytes.length > haystack.length) return false
  for (let i = 2; i < bytes.length; i++) if (haystack[at + i] !== bytes[i]) return false
  return true
}
