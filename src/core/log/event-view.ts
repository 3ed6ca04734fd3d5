import { canonical, type Canonical } from '../canonical.ts'
import { count, nullable, oneOf, parseOrNull, shape, text, type Shape } from '../shape.ts'
import { watchEvent, type WatchEvent } from '../watch/event.ts'
import { verdict, type Verdict } from '../watch/judge.ts'
import { containerEvent, type ContainerEvent } from './container-event.ts'

/** One line of the view: an event and where it came from. Its place is its number: clocks of hosts order nothing. */
export interface PulledEvent {
  /** In this view, from 1. */
  readonly n: number
  readonly host: string
  /** The container's name; null: the watch of the host. */
  readonly container: string | null
  /** Which of them: the engine's id of the container, or the machine's and how often its watch has begun anew. */
  readonly instance: string
  /** Its place among the events of its source: the watch's number, or the engine's time stamp. */
  readonly position: string
  readonly kind: string
  /** Of an event of a watch: as it was judged when it was pulled. */
  readonly verdict: Verdict | null
  readonly watch: WatchEvent | null
  readonly told: ContainerEvent | null
}

/** How far each source was had. */
export type Positions = ReadonlyMap<string, string>

export const sourceKey = ({
  host,
  container,
  instance,
}: Pick<PulledEvent, 'host' | 'container' | 'instance'>): string => `${host} ${container ?? ''} ${instance}`

/** What a key is of: names of hosts and containers have no space. */
export const sourceOf = (key: string): Pick<PulledEvent, 'host' | 'container' | 'instance'> => {
  const [host = '', container = '', ...instance] = key.split(' ')
  return { host, container: container === '' ? null : container, instance: instance.join(' ') }
}

const line: Shape<PulledEvent> = shape<PulledEvent>({
  n: count,
  host: text,
  container: nullable(text),
  instance: text,
  position: text,
  kind: text,
  verdict: nullable(verdict),
  watch: nullable(watchEvent),
  told: nullable(containerEvent),
})

/** A line of `at` (a position without an event: what lies between was no event of ours). */
const moved = shape({ host: text, container: nullable(text), instance: text, at: text, of: oneOf('position') })

export interface View {
  readonly events: readonly PulledEvent[]
  readonly positions: Positions
  /** The number the next event gets. */
  readonly next: number
}

/** Lines that are none of ours are passed over: the view can be had again from its sources. */
export const parseView = (source: string): View => {
  const events: PulledEvent[] = []
  const positions = new Map<string, string>()
  // in the order in which they moved last
  const move = (key: string, at: string): void => {
    positions.delete(key)
    positions.set(key, at)
  }
  for (const each of source.split('\n')) {
    const event = parseOrNull(each, line)
    const position = event === null ? parseOrNull(each, moved) : null
    if (event !== null) {
      events.push(event)
      move(sourceKey(event), event.position)
    }
    if (position !== null) move(sourceKey(position), position.at)
  }
  return { events, positions, next: (events.at(-1)?.n ?? 0) + 1 }
}

/** More containers than an engine keeps, and more machines than one host ever was. */
export const mostSources = 1000

/** What is worth keeping: of each host the containers, and the watches, that moved last. */
export const newestPositions = (positions: Positions): Positions => {
  const counts = new Map<string, number>()
  const kept = [...positions].reverse().filter(([key]) => {
    const { host, container } = sourceOf(key)
    const group = `${host} ${container === null ? 'watch' : 'containers'}`
    const count = (counts.get(group) ?? 0) + 1
    counts.set(group, count)
    return count <= mostSources
  })
  return new Map(kept.reverse())
}

export const printEvent = ({ watch, told, container, verdict: judged, ...rest }: PulledEvent): string =>
  `${canonical({
    ...rest,
    ...(container === null ? {} : { container }),
    ...(judged === null ? {} : { verdict: judged }),
    ...(watch === null ? {} : { watch: plain(watch) }),
    ...(told === null ? {} : { told: plain(told) }),
  })}\n`

export const printPosition = (
  { host, container, instance }: Pick<PulledEvent, 'host' | 'container' | 'instance'>,
  at: string,
): string => `${canonical({ host, instance, at, of: 'position', ...(container === null ? {} : { container }) })}\n`

/** The first of these that fit into so many characters of lines, and what is left then. One that is longer than any of
 *  ours is left out. */
export const fitting = <T extends Omit<PulledEvent, 'n'>>(
  events: readonly T[],
  most: number,
): { readonly events: readonly T[]; readonly left: number } => {
  const taken: T[] = []
  let left = most
  for (const event of events) {
    const size = printEvent({ ...event, n: 0 }).length
    if (size > longestLine) continue
    if (size > left) break
    taken.push(event)
    left -= size
  }
  return { events: taken, left }
}

/** Several paths of 4096 bytes, and then some. */
const longestLine = 64 * 1024

/** Without nulls, which canonical text has none of. */
const plain = (value: object): Canonical =>
  Object.fromEntries(
    Object.entries(value).flatMap(([key, one]: [string, unknown]): [string, Canonical][] =>
      one === null || one === undefined ? [] : [[key, plainMember(one)]],
    ),
  )

const plainMember = (one: unknown): Canonical => {
  if (typeof one === 'string') return one.toWellFormed()
  if (typeof one === 'number' || typeof one === 'boolean') return one
  if (Array.isArray(one)) return one.map(plainMember)
  return typeof one === 'object' && one !== null ? plain(one) : ''
}
