import { fail } from '../../core/errors.ts'
import { isSecretName } from '../../core/names.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import { toldByContainers, type ToldByContainer } from '../../core/log/container-event.ts'
import { fitting, mostSources, type Positions, type PulledEvent } from '../../core/log/event-view.ts'
import { judge, type MeantToRead } from '../../core/watch/judge.ts'
import { fetchEvents } from '../watch/fetch-events.ts'

interface HostTarget {
  readonly directory: string
  readonly meant: MeantToRead
  /** Names that there are: what a program calls a missing name may be anything else. */
  readonly secrets: ReadonlySet<string>
}

/** What is new on one host, without its number in the view. */
export interface PulledFrom {
  readonly host: string
  readonly events: readonly Omit<PulledEvent, 'n'>[]
  /** How far sources were read beyond their last event. */
  readonly positions: readonly (Pick<PulledEvent, 'host' | 'container' | 'instance'> & { readonly at: string })[]
  readonly notes: readonly string[]
}

const rounds = 20
/** Characters of lines that one pull takes from the watch, and from the containers, of one host; the rest waits for the
 *  next pull. */
const mostText = 8 * 1024 * 1024

/** @throws what the host refused; UNAVAILABLE; TAMPERED */
export const pullHost = async (channel: HostChannel, target: HostTarget, seen: Positions): Promise<PulledFrom> => {
  const watch = await pullWatch(channel, target, seen)
  const containers = await pullContainers(channel, target, seen)
  return {
    host: channel.name,
    events: [...watch.events, ...containers.events],
    positions: containers.positions,
    notes: [...watch.notes, ...containers.notes],
  }
}

type Part = Omit<PulledFrom, 'host'>

const pullWatch = async (channel: HostChannel, { directory, meant }: HostTarget, seen: Positions): Promise<Part> => {
  const { name: host } = channel
  const known = knownWatch(host, seen)
  const asked = await fetchEvents(channel, directory, known)
  const isMachine = known.id === '' || asked.id === known.id
  const isAnew = isMachine && asked.last !== null && asked.last.seq < known.seq
  const found = isAnew ? await fetchEvents(channel, directory, { seq: 0, id: '' }) : asked
  const seq = isMachine && !isAnew ? known.seq : 0
  const epoch = isAnew ? known.epoch + 1 : isMachine ? known.epoch : 0
  const instance = `${found.id ?? ''}.${epoch}`
  const isGap = found.first !== null && found.first > seq + 1 && found.events.length > 0
  const events = found.events.map((event) => ({
    host,
    container: null,
    instance,
    position: String(event.seq),
    kind: event.kind,
    verdict: judge(event, meant),
    watch: event,
    told: null,
  }))
  const fits = fitting(events, mostText).events
  return {
    events: fits,
    positions: [],
    notes: [
      ...(isMachine ? [] : [`${host}: another machine answers than before; its watch is read from the beginning`]),
      ...(isAnew ? [`${host}: its watch has begun anew: it was at ${known.seq} before`] : []),
      ...(isGap ? [`${host}: events ${seq + 1} to ${(found.first ?? 0) - 1} of its watch are gone`] : []),
      ...(found.more || fits.length < events.length ? [`${host}: there are more events of its watch: pull again`] : []),
    ],
  }
}

interface KnownWatch {
  /** Of the machine; empty: nothing was had yet. */
  readonly id: string
  /** How often it began anew there. */
  readonly epoch: number
  readonly seq: number
}

/** How far the watch of this host was had, on the machine that was there last. */
const knownWatch = (host: string, seen: Positions): KnownWatch => {
  const own = [...seen].filter(([key]) => key.startsWith(`${host}  `)).at(-1)
  if (own === undefined) return { id: '', epoch: 0, seq: 0 }
  const [id = '', epoch = ''] = own[0].slice(host.length + 2).split('.')
  return { id, epoch: Number(epoch), seq: Number(own[1]) }
}

const pullContainers = async (channel: HostChannel, target: HostTarget, seen: Positions): Promise<Part> => {
  const { name: host } = channel
  const at = new Map<string, string>()
  const found: Omit<PulledEvent, 'n'>[] = []
  const notes = new Set<string>()
  let last: readonly ToldByContainer[] = []
  let left = mostText
  let isCut = false
  for (let round = 0; round < rounds; round++) {
    last = await ask(channel, target, host, new Map([...idsOf(host, seen), ...at]))
    for (const one of last) {
      const events = one.events.map((event) => eventOf(host, one, event, target.secrets))
      const fits = fitting(events, left)
      left = fits.left
      found.push(...fits.events)
      const isAll = fits.events.length === events.length
      isCut ||= !isAll
      const stamp = isAll ? one.last : (fits.events.at(-1)?.position ?? null)
      if (stamp !== null) at.set(one.id, stamp)
      if (!one.readable) notes.add(`${host}: the output of ${one.container} cannot be read: its engine keeps none`)
    }
    if (isCut || !last.some(({ more }) => more)) break
  }
  if (isCut) notes.add(`${host}: there is more that its containers told: pull again`)
  const positions = last.flatMap(({ container, id }) => {
    const position = at.get(id)
    return position === undefined ? [] : [{ host, container, instance: id, at: position }]
  })
  return { events: found, positions, notes: [...notes] }
}

/** Stamps of the containers of one host, by their id: the newest. */
const idsOf = (host: string, seen: Positions): readonly (readonly [string, string])[] =>
  [...seen]
    .flatMap(([key, stamp]): (readonly [string, string])[] => {
      const [of, , instance = ''] = key.split(' ')
      return of === host && /^[0-9a-f]{64}$/.test(instance) ? [[instance, stamp]] : []
    })
    .slice(-mostSources)

const ask = async (
  channel: HostChannel,
  { directory, meant: { project, environment } }: HostTarget,
  host: string,
  since: ReadonlyMap<string, string>,
): Promise<readonly ToldByContainer[]> => {
  const answer = await channel.call({
    op: 'output',
    directory,
    owner: { project, environment },
    since: Object.fromEntries(since),
  })
  const at = `${host}: output`
  const { containers } = toldByContainers(answer, at)
  if (containers.length <= mostSources && containers.every(isPossible)) return containers
  throw fail('TAMPERED', 'more than containers of ours can have told', { at })
}

/** What the program that asks on a host gives at most. */
const isPossible = ({ id, container, events, last }: ToldByContainer): boolean =>
  /^[0-9a-f]{64}$/.test(id) && /^[\w.-]{0,256}$/.test(container) && events.length <= 500 && (last ?? '').length <= 64

const eventOf = (
  host: string,
  { container, id }: ToldByContainer,
  event: ToldByContainer['events'][number],
  secrets: ReadonlySet<string>,
): Omit<PulledEvent, 'n'> => ({
  host,
  container,
  instance: id,
  position: event.stamp,
  kind: event.event,
  verdict: null,
  watch: null,
  told: { ...event, missing: event.missing.filter((name) => isSecretName(name) && secrets.has(name)) },
})
