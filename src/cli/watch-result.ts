import { isoTime } from '../core/duration.ts'
import { counted } from '../core/names.ts'
import type { EventsReport, HostEvents, JudgedEvent } from '../app/watch/fleet-events.ts'
import { hostText } from '../core/host-text.ts'
import { actorNow, deed } from '../core/watch/event-words.ts'
import { sameHosts, type SameHosts } from './again.ts'
import type { Result } from './command.ts'
import { noteLine } from './note-line.ts'
import { table } from './table.ts'
import { troubleLines, troublesOf } from './troubles.ts'

interface WatchShown {
  /** Somebody has just marked all of it as seen. */
  readonly seen: boolean
  /** What lockstep did itself, too. */
  readonly all: boolean
  /** Since some number or time: what nobody has looked at may be more. */
  readonly isPart: boolean
  /** What the next command keeps. */
  readonly again: SameHosts
}

/** The events, host by host; what nothing of ours explains stands out. */
export const watchResult = (found: EventsReport, { seen, all, isPart, again }: WatchShown): Result => {
  const rows = rowsOf(found, all)
  const count = found.hosts.reduce((sum, { events }) => sum + events.length, 0)
  const hidden = count - rows.length
  const gaps = found.hosts.reduce((sum, { missing }) => sum + missing.length, 0)
  const lines = [
    `${found.environment}  ${counted(count, 'event')}, ${found.foreign} foreign${gaps === 0 ? '' : `, ${counted(gaps, 'gap')}`}${hidden === 0 ? '' : `; ${hidden} of our own not shown: --all`}`,
    ...(rows.length === 0 ? [] : [table([eventHead, ...rows]).trimEnd()]),
    ...found.hosts.flatMap(gapLines),
    ...troublesOf(found.hosts).flatMap(troubleLines),
    ...found.hosts.flatMap(notes),
    ...(seen && found.foreign + gaps > 0 ? [noteLine(ownMark)] : []),
  ]
  const missed = found.hosts.some(({ problem }) => problem !== null)
  const exit = found.foreign + gaps > 0 && !seen ? 'UNSAFE' : missed ? 'PARTIAL' : null
  return {
    text: lines.join('\n'),
    json: { ...found, hosts: found.hosts.map((one) => ({ ...one, events: one.events.map(eventJson) })) },
    ...(exit === null ? {} : { exit }),
    ...(exit === 'UNSAFE' ? { next: sameHosts(isPart ? 'lockstep watch' : 'lockstep watch --seen', again) } : {}),
  }
}

/** As --json prints it: with milliseconds, as events come close together. */
export const eventJson = <T extends { readonly at: number }>(event: T): Omit<T, 'at'> & { readonly at: string } => ({
  ...event,
  at: new Date(event.at).toISOString(),
})

const ownMark =
  'seen by you, from this clone: whoever audits from elsewhere, as the control host, marks it there: lockstep watch --seen'

/** For one who waits: each event on a line. */
export const eventLines = (found: EventsReport, all: boolean): readonly string[] => [
  ...rowsOf(found, all).map((row) => row.join('  ')),
  ...found.hosts.flatMap(gapLines),
  ...troublesOf(found.hosts).flatMap(troubleLines),
]

/** By host: the number to go on from. */
export const newestOf = ({ hosts }: EventsReport): Readonly<Record<string, number>> =>
  Object.fromEntries(
    hosts.flatMap(({ host, events, last }): [string, number][] => {
      const seq = events.at(-1)?.seq ?? last
      return seq === null ? [] : [[host, seq]]
    }),
  )

/** What lockstep did itself is there to be asked for: each look adds to it. */
const rowsOf = ({ hosts }: EventsReport, all: boolean): readonly string[][] =>
  hosts.flatMap(({ host, events }) =>
    events.filter(({ verdict }) => all || verdict !== 'ours').map((event) => eventRow(host, event)),
  )

const gapLines = ({ host, missing }: HostEvents): readonly string[] => missing.map((one) => `missing  ${host}: ${one}`)

const eventHead: readonly string[] = ['HOST', 'SEQ', 'WHEN', 'JUDGED', 'WHAT', 'PATH', 'BY']

const eventRow = (host: string, event: JudgedEvent): string[] => [
  host,
  String(event.seq),
  isoTime(event.at),
  event.verdict,
  deed(event),
  event.path === null ? '-' : hostText(event.path, 120),
  actorNow(event),
]

const notes = ({ host, last, more, problem }: HostEvents): readonly string[] => {
  if (problem !== null) return []
  if (last === null)
    return [noteLine(`${host}: nothing was ever written there: lockstep setup --watch --hosts ${host}`)]
  return more ? [noteLine(`${host}: there are more: --since the last number shown`)] : []
}
