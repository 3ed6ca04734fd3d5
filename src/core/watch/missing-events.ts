import { isoTime } from '../duration.ts'
import { hostText } from '../host-text.ts'
import type { WatchEvent } from './event.ts'
import type { EventsFacts } from './watch-facts.ts'

interface Asked {
  /** Number of the last event that somebody has looked at on this machine; null: none. */
  readonly seen: number | null
  /** Number of the last event that an audit from this machine has judged; it counts where nobody has looked. */
  readonly judged?: number | null
  /** Gaps that ended before it are not asked for: the host's clock, milliseconds since 1970. */
  readonly from?: number
}

/** How far somebody has looked, on the machine of that id. */
export const seenOn = (
  machine: string | null,
  seen: { readonly seq: number; readonly id: string } | null,
): number | null => (seen !== null && seen.id === machine ? seen.seq : null)

/** Where the numbers, or the watch's own words, say that something was not written down, or is no longer there. */
export const missingEvents = (
  { events, before, last, first }: EventsFacts,
  { seen, judged = null, from = 0 }: Asked,
): readonly string[] => {
  const start = seen ?? 0
  if (seen !== null && (last === null || last.seq < seen)) {
    return [`the events begin anew: number ${seen} was looked at, the newest there is now ${last?.seq ?? 'none'}`]
  }
  const gone = seen !== null && first !== null && first > start + 1
  const unjudged = seen === null && judged !== null && first !== null && first > judged + 1
  return [
    ...(unjudged
      ? [`numbers ${judged + 1} to ${first - 1} are gone: no audit came before their files were replaced`]
      : []),
    ...(gone ? [`numbers ${start + 1} to ${first - 1} are gone: nobody looked before their files were replaced`] : []),
    ...events.flatMap((event, index) =>
      event.at < from ? [] : between(index === 0 ? before : (events[index - 1] ?? null), event),
    ),
  ]
}

const between = (before: WatchEvent | null, event: WatchEvent): readonly string[] => {
  if (event.kind === 'overflow') return [`at ${isoTime(event.at)} more happened than could be written down`]
  if (before === null) return []
  if (event.seq !== before.seq + 1) return [`numbers ${before.seq + 1} to ${event.seq - 1} are missing`]
  // with the machine ends all that could read, and the watch
  const isNew = event.kind === 'start' && before.boot === event.boot
  return isNew && !(before.kind === 'stop' && before.ours) ? [unwatched(before, event)] : []
}

/** Nobody of ours ended it. */
const unwatched = (before: WatchEvent, { at }: WatchEvent): string => {
  const why = before.note === null ? '' : ` (${hostText(before.note, 60)})`
  const end =
    before.kind === 'stop' ? `was stopped${why} at ${isoTime(before.at)}` : `was killed after ${isoTime(before.at)}`
  return `the watch ${end} and came back at ${isoTime(at)}: what was done meanwhile nobody saw`
}
