import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { WatchEvent } from '../../core/watch/event.ts'
import { eventsFacts } from '../../core/watch/watch-facts.ts'
import type { EventsFacts } from '../../core/watch/watch-facts.ts'

const page = 1000
const pages = 30

/** Events of one host after number `since.seq`, oldest first: all that its files still hold, 30,000 at most (`more` says that
 *  there are others). Where `since.id` is not empty and another machine's, from the beginning.
 *  @throws TAMPERED for an answer that is none; UNAVAILABLE */
export const fetchEvents = async (
  host: HostChannel,
  directory: string,
  since: { readonly seq: number; readonly id: string },
): Promise<EventsFacts> => {
  const found: WatchEvent[] = []
  for (let turn = 0; ; turn++) {
    const after = found.at(-1)?.seq ?? since.seq
    const answer = await host.call({
      op: 'events',
      directory,
      since: after,
      id: found.length === 0 ? since.id : '',
      limit: page,
    })
    const { events, more, ...rest } = eventsFacts(answer, `${host.name}: events`)
    found.push(...events)
    if (!more || events.length === 0 || turn + 1 >= pages) return { ...rest, events: found, more }
  }
}
