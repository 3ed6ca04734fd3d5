import { fail } from '../../core/errors.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { WatchEvent } from '../../core/watch/event.ts'
import { eventsFacts } from '../../core/watch/watch-facts.ts'
import type { EventsFacts } from '../../core/watch/watch-facts.ts'

/** Events that a host is asked for in one call. All that its files hold are a few MiB. */
export const eventsAtOnce = 5000
const pages = 8
/** Characters of JSON, after which the rest is for the next time. */
const mostText = 32 * 1024 * 1024

/** Events of one host after number `since.seq`, oldest first: all that its files still hold, 40,000 or 32 MiB at most
 *  (`more` says that there are others). Where `since.id` is not empty and another machine's, from the beginning.
 *  @throws TAMPERED for an answer that is none, or longer than was asked for; UNAVAILABLE */
export const fetchEvents = async (
  host: HostChannel,
  directory: string,
  since: { readonly seq: number; readonly id: string },
): Promise<EventsFacts> => {
  const found: WatchEvent[] = []
  let before: WatchEvent | null = null
  let size = 0
  for (let turn = 0; ; turn++) {
    const after = found.at(-1)?.seq ?? since.seq
    const answer = await host.call({
      op: 'events',
      directory,
      since: after,
      id: found.length === 0 ? since.id : '',
      limit: eventsAtOnce,
    })
    const at = `${host.name}: events`
    const { events, more, ...rest } = eventsFacts(answer, at)
    refuseMore(events, eventsAtOnce, at)
    if (turn === 0) before = rest.before
    found.push(...events)
    size += JSON.stringify(events).length
    if (!more || events.length === 0 || turn + 1 >= pages || size > mostText) {
      return { ...rest, before, events: found, more }
    }
  }
}

/** A host that hands out more than it was asked for is believed nothing. @throws TAMPERED */
export const refuseMore = (events: readonly WatchEvent[], limit: number, at: string): void => {
  if (events.length > limit) throw fail('TAMPERED', 'more events than were asked for', { at })
}

/** What a host said of its events, and those that it had no room for. A host that has said all is not asked.
 *  @throws as fetchEvents */
export const withTheRest = async <T extends EventsFacts>(host: HostChannel, directory: string, said: T): Promise<T> => {
  const newest = said.events.at(-1)
  if (!said.more || newest === undefined) return said
  const { events, more, last } = await fetchEvents(host, directory, { seq: newest.seq, id: said.id ?? '' })
  return { ...said, events: [...said.events, ...events], more, last }
}
