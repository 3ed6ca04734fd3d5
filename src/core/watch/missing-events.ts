import { isoTime } from '../duration.ts'
import type { WatchEvent } from './event.ts'
import type { EventsFacts } from './watch-facts.ts'

/** Where the numbers, or the watch's own words, say that something was not written down, or is no longer there.
 *  @param seen number of the last event that somebody has looked at on this machine; null: none */
export const missingEvents = ({ events, last, first }: EventsFacts, seen: number | null): readonly string[] => {
  const start = seen ?? 0
  if (seen !== null && (last === null || last.seq < seen)) {
    return [`the events begin anew: number ${seen} was looked at, the newest there is now ${last?.seq ?? 'none'}`]
  }
  const gone = seen !== null && first !== null && first > start + 1
  return [
    ...(gone ? [`numbers ${start + 1} to ${first - 1} are gone: nobody looked before their files were replaced`] : []),
    ...events.flatMap((event, index) => between(events[index - 1], event)),
  ]
}

const between = (before: WatchEvent | undefined, event: WatchEvent): readonly string[] => {
  if (event.kind === 'overflow') return [`at ${isoTime(event.at)} more happened than could be written down`]
  if (before === undefined) return []
  if (event.seq !== before.seq + 1) return [`numbers ${before.seq + 1} to ${event.seq - 1} are missing`]
  const isEnded = before.kind === 'stop' || before.boot !== event.boot
  if (event.kind !== 'start' || isEnded) return []
  return [`the watch was killed after ${isoTime(before.at)} and came back at ${isoTime(event.at)}`]
}
