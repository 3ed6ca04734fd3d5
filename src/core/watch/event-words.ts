import { hostText } from '../host-text.ts'
import type { WatchEvent } from './event.ts'

/** What was done; of events that were only counted, what of. */
export const kindOf = ({ kind, of }: Pick<WatchEvent, 'kind' | 'of'>): string =>
  kind === 'suppressed' ? (of ?? kind) : kind

/** The same for people: `read`, `12 more: read`. */
export const deed = (event: WatchEvent): string => {
  const what = hostText(kindOf(event), 20)
  return event.kind === 'suppressed' ? `${event.count ?? '?'} more: ${what}` : what
}

/** Whoever it was, in words that stay the same from one run of it to the next. */
export const actor = ({ exe, comm, uid, container }: WatchEvent): string => {
  const program = exe ?? (comm === null ? 'a program that had ended' : `${comm} (had ended)`)
  const place = container === null ? '' : ` in container ${container.container ?? container.id.slice(0, 12)}`
  return hostText(`${program}, uid ${uid ?? 'unknown'}${place}`, 160)
}

/** Who it was, this time; of an event of the watch itself, its note. */
export const actorNow = (event: WatchEvent): string =>
  event.path === null ? hostText(event.note ?? '-', 60) : `${actor(event)}, pid ${event.pid ?? '?'}`
