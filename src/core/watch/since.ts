import { parseDuration } from '../duration.ts'
import { fail } from '../errors.ts'

/** From where on events are asked for. */
export interface Since {
  /** After this number; null: after what was seen. */
  readonly seq: number | null
  /** Not before this, milliseconds since 1970 by the host's clock. */
  readonly at: number
}

/** `0`, `117` (a number), `2h` (so long ago), `2026-11-20` or `2026-11-20T03:00:00Z`. @throws USAGE */
export const parseSince = (text: string | undefined, now: number): Since => {
  if (text === undefined) return { seq: null, at: 0 }
  if (/^\d{1,9}$/.test(text)) return { seq: Number(text), at: 0 }
  const ago = parseDuration(text)
  if (ago !== null) return { seq: 0, at: now - ago }
  const at = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(at)) return { seq: 0, at }
  throw fail('USAGE', 'not a number of an event, a length of time or a date', {
    at: '--since',
    hint: '117, 2h, 2026-11-20 or 2026-11-20T03:00:00Z',
  })
}
