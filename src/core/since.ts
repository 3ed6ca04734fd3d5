import { parseDuration } from './duration.ts'
import { fail } from './errors.ts'

/** From where on events are asked for. */
export interface Since {
  /** After this number; null: after what was seen. */
  readonly seq: number | null
  /** Not before this, milliseconds since 1970 by the host's clock. */
  readonly at: number
}

/** `2h` (so long ago), `2026-11-20` (its beginning in UTC) or `2026-11-20T03:00Z`: milliseconds since 1970; null without
 *  a text. A time of day names its zone: what it means must not depend on the machine. @throws USAGE */
export const parseSince = (text: string | undefined, now: number): number | null =>
  text === undefined ? null : (timeOf(text, now) ?? refused('a length of time or a date', '7d'))

/** The same, or the number of an event: `0`, `117`. Without a text what nobody has seen. @throws USAGE */
export const parseSinceEvent = (text: string | undefined, now: number): Since => {
  if (text === undefined) return { seq: null, at: 0 }
  if (/^\d{1,9}$/.test(text)) return { seq: Number(text), at: 0 }
  return { seq: 0, at: timeOf(text, now) ?? refused('a number of an event, a length of time or a date', '117, 2h') }
}

const timeOf = (text: string, now: number): number | null => {
  const ago = parseDuration(text)
  if (ago !== null) return now - ago
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const at = isTime && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN
  return Number.isFinite(at) ? at : null
}

/** The 30th of February would be read as a day in March. */
const isDay = (text: string): boolean => {
  const at = Date.parse(text)
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(text)
}

const refused = (wanted: string, first: string): never => {
  throw fail('USAGE', `not ${wanted}`, { at: '--since', hint: `as in ${first}, 2026-11-20 or 2026-11-20T03:00Z` })
}
