import { day } from '../duration.ts'
import { localTime } from '../local-time.ts'
import type { When } from './jobs.ts'

const quarter = 15 * 60_000

/** When it runs next, after `now`: milliseconds since 1970. By the wall clock of the zone, whatever its offset (all are
 *  whole quarters of an hour). Null where the clock never shows that time within eight days. */
export const nextDue = ({ minute, hour, weekday }: When, now: number, zone: string): number | null => {
  const rest = minute % 15
  const first = Math.floor(now / quarter) * quarter + rest * 60_000
  for (let at = first; at <= now + 8 * day; at += quarter) {
    const shown = localTime(at, zone)
    if (at > now && shown.minute === hour * 60 + minute && (weekday === null || shown.weekday === weekday)) return at
  }
  return null
}
