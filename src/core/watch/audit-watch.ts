import type { Finding } from '../audit/findings.ts'
import { finding } from '../audit/findings.ts'
import { isoTime } from '../duration.ts'
import type { HostFacts } from '../fleet/host-facts.ts'
import type { Ledger } from '../fleet/ledger.ts'
import { hostText } from '../host-text.ts'
import type { WatchEvent } from './event.ts'
import { actor, kindOf } from './event-words.ts'
import type { MeantToRead } from './judge.ts'
import { judge } from './judge.ts'
import { missingEvents, seenOn } from './missing-events.ts'
import type { WatchFacts } from './watch-facts.ts'
import { broughtWatch, isWatchStopped } from './watch-plan.ts'

export interface WatchAudit {
  readonly host: string
  readonly directory: string
  readonly facts: Pick<HostFacts, 'watch' | 'identity'>
  readonly ledger: Ledger
  readonly meant: MeantToRead
  /** How far somebody has looked at its events; null: never. */
  readonly seen: { readonly seq: number; readonly id: string } | null
  /** How far an audit has judged them; null: none has. */
  readonly judged: { readonly seq: number; readonly id: string } | null
}

/** How far this audit has judged the events, from how far one before had. What is gone stays so: it is told until somebody
 *  looks. Null: nothing is known. */
export const judgedNow = ({
  facts: { watch, identity },
  judged: before,
  seen,
}: Pick<WatchAudit, 'facts' | 'judged' | 'seen'>): WatchAudit['judged'] => {
  const id = identity?.id ?? null
  if (watch === null || id === null) return before
  const old = seenOn(id, before)
  const isGap = seenOn(id, seen) === null && old !== null && watch.first !== null && watch.first > old + 1
  const seq = watch.more ? watch.events.at(-1)?.seq : watch.last?.seq
  return isGap || seq === undefined ? before : { seq, id }
}

/** What is wrong with the watch of one host, and what it saw that nothing of ours explains. Pure. */
export const auditWatch = (input: WatchAudit): readonly Finding[] => {
  const { facts, host, directory } = input
  if (facts.watch === null) return []
  const brought = broughtWatch(input.ledger, host, facts)
  return [
    ...standing(facts.watch, brought, { host, directory }),
    ...missingEvents(facts.watch, {
      seen: seenOn(facts.identity?.id ?? null, input.seen),
      judged: seenOn(facts.identity?.id ?? null, input.judged),
    }).map((message) => finding('EVENTS-MISSING', { host, path: eventsPath(directory), message, fix: lookFix(host) })),
    ...waiting(input, facts.watch),
    ...foreign(input, facts.watch.events),
  ]
}

/** A host hands out so many at once, the oldest first: what came after them is not judged, and is not silence. */
const waiting = ({ host, directory }: WatchAudit, { more, events }: WatchFacts): readonly Finding[] =>
  more && events.length > 0
    ? [
        finding('EVENTS-WAITING', {
          host,
          path: eventsPath(directory),
          message: `only the oldest ${events.length} that nobody has looked at were judged`,
          fix: lookFix(host),
        }),
      ]
    : []

const eventsPath = (directory: string): string => `${directory}/watch/events.jsonl`

const lookFix = (host: string): string => `lockstep watch --hosts ${host}, then lockstep watch --seen --hosts ${host}`

interface Place {
  readonly host: string
  readonly directory: string
}

const standing = (
  facts: WatchFacts,
  brought: readonly string[] | null,
  { host, directory }: Place,
): readonly Finding[] => {
  const fix = `lockstep setup --watch --hosts ${host}`
  const agent = { host, path: `${directory}/watch/agent.py`, fix: `find out who did that; ${fix}` }
  const { running } = facts
  const isStopped = isWatchStopped(facts, brought !== null)
  if (isStopped && facts.agent === null) {
    return [finding('WATCH-STOPPED', { ...agent, message: 'it was brought and is gone' })]
  }
  const isOurs = (sha256: string | null): boolean => brought === null || (sha256 !== null && brought.includes(sha256))
  if (!isOurs(facts.agent) || (running !== null && !isOurs(running.sha256))) {
    return [finding('WATCH-CHANGED', { ...agent, message: 'it is not the program that was brought' })]
  }
  if (isStopped) {
    const last = facts.last === null ? '' : `; it last wrote something at ${isoTime(facts.last.at)}`
    return [finding('WATCH-STOPPED', { ...agent, message: `it does not run${last}` })]
  }
  const message = 'nothing would start it again'
  return brought !== null && facts.starter === null ? [finding('WATCH-CHANGED', { ...agent, message })] : []
}

/** One for each path and way of touching it: who, how often, when last. */
const foreign = ({ host, directory, meant }: WatchAudit, events: readonly WatchEvent[]): readonly Finding[] => {
  const groups = new Map<string, WatchEvent[]>()
  for (const event of events) {
    if (judge(event, meant) !== 'foreign') continue
    const key = `${kindOf(event) === 'read' ? 'FOREIGN-READ' : 'FOREIGN-CHANGE'} ${event.path}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [event])
    else group.push(event)
  }
  return [...groups].map(([key, group]) => {
    const path = `${directory}/${group[0]?.path ?? ''}`
    const id = key.startsWith('FOREIGN-READ ') ? 'FOREIGN-READ' : 'FOREIGN-CHANGE'
    return finding(id, { host, path, message: summary(group), fix: `lockstep watch --hosts ${host}` })
  })
}

const summary = (group: readonly WatchEvent[]): string => {
  const times = group.reduce((sum, { kind, count }) => sum + (kind === 'suppressed' ? (count ?? 0) : 1), 0)
  const what = [...new Set(group.map((event) => hostText(kindOf(event), 20)))].join(', ')
  const who = [...new Set(group.map(actor))]
  const more = who.length > 2 ? ` and ${who.length - 2} more` : ''
  const last = isoTime(group.reduce((newest, { at }) => Math.max(newest, at), 0))
  return `${what} by ${who.slice(0, 2).join(', ')}${more}; ${times === 1 ? 'once' : `${times} times, last`} at ${last}`
}
