import { isAsBadAs, severities } from '../audit/findings.ts'
import type { Shape } from '../shape.ts'
import { count, dictionary, list, nullable, oneOf, parseJson, shape, text } from '../shape.ts'
import { instant, severity } from '../known/known.ts'
import { roomAmong } from './alert-room.ts'
import type { Concern } from './concerns.ts'
import type { Sink } from './sink.ts'
import { sinkKey } from './sink.ts'

/** One thing to tell: that a concern is there, is gone, or that somebody accepted it. */
export interface Alert {
  /** The same when it is sent twice: a receiver can drop the second. */
  readonly id: string
  readonly event: 'open' | 'gone' | 'accepted'
  readonly concern: OpenConcern
  /** When it was seen. Milliseconds since 1970. */
  readonly at: number
  /** How often it has come (and gone) since something was last told of it. */
  readonly times: number
}

export interface OpenConcern extends Concern {
  readonly since: number
}

export interface SinkState {
  /** Concerns that it was told of, or is to be, and not yet of their end. */
  readonly told: readonly string[]
  /** What it is still to be told, oldest first. Leaves this list once it was taken. */
  readonly waiting: readonly Alert[]
  /** Null: it took what it was last sent. */
  readonly failed: { readonly since: number; readonly why: string; readonly tries: number } | null
  readonly sent: number | null
}

export interface AlertState {
  /** Random: part of every alert's id. */
  readonly id: string
  readonly count: number
  readonly open: Readonly<Record<string, OpenConcern>>
  readonly sinks: Readonly<Record<string, SinkState>>
}

export const noAlerts = (id: string): AlertState => ({ id, count: 0, open: {}, sinks: {} })

const freshSink: SinkState = { told: [], waiting: [], failed: null, sent: null }

/** What is to be told now that these concerns are open: each sink hears once that one is there, once that it is gone
 *  or accepted (`accepted`: in these words), and nothing while it stays. Sinks that are new hear of all that is open; those that are no more are forgotten. Of a host
 *  of which much waits, the worst is told first, and the rest at a later look. */
export const nextAlerts = (
  state: AlertState,
  seen: {
    readonly concerns: ReadonlyMap<string, Concern>
    readonly accepted?: ReadonlyMap<string, string>
    readonly sinks: readonly Sink[]
    readonly now: number
  },
): AlertState => {
  const { concerns, now } = seen
  const open = new Map(
    [...concerns].map(([key, one]): [string, OpenConcern] => [key, { ...one, since: state.open[key]?.since ?? now }]),
  )
  let counted = state.count
  const alert = (event: Alert['event'], concern: OpenConcern): Alert => ({
    id: `${state.id}-${++counted}`,
    event,
    concern,
    at: now,
    times: 1,
  })
  const sinks = seen.sinks.map((sink): [string, SinkState] => {
    const before = state.sinks[sinkKey(sink)] ?? freshSink
    const told = new Set(before.told)
    const waited = new Map(before.waiting.toReversed().map(({ concern }) => [concern.key, concern]))
    const gone = before.told.filter((key) => !open.has(key))
    const wanted = [...open.values()].filter(({ severity }) => isAsBadAs(severity, sink.severity))
    const fresh = worstFirst(wanted.filter(({ key }) => !told.has(key))).filter(roomAmong(before.waiting))
    const alerts = [
      ...gone.flatMap((key) => {
        const last = state.open[key] ?? waited.get(key)
        const word = seen.accepted?.get(key)
        if (last === undefined) return []
        return [
          word === undefined
            ? alert('gone', last)
            : alert('accepted', { ...last, message: `${word}: ${last.message}` }),
        ]
      }),
      ...fresh.map((one) => alert('open', one)),
    ]
    return [
      sinkKey(sink),
      {
        ...before,
        told: [...before.told.filter((key) => open.has(key)), ...fresh.map(({ key }) => key)],
        waiting: queued(before.waiting, alerts),
      },
    ]
  })
  return { id: state.id, count: counted, open: Object.fromEntries(open), sinks: Object.fromEntries(sinks) }
}

const worstFirst = (concerns: readonly OpenConcern[]): readonly OpenConcern[] =>
  concerns.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))

/** One that comes and goes while nothing can be sent is told as one, with how often: the list cannot grow without end. */
const queued = (waiting: readonly Alert[], alerts: readonly Alert[]): readonly Alert[] => {
  const all = new Set(waiting)
  const byKey = Map.groupBy(waiting, ({ concern }) => concern.key)
  for (const next of alerts) {
    const same = byKey.get(next.concern.key) ?? []
    const first = same.findIndex(({ event }) => event === next.event)
    const merged = first < 0 ? [] : same.splice(first)
    for (const one of merged) all.delete(one)
    const added = { ...next, times: (merged[0]?.times ?? 0) + 1 }
    all.add(added)
    byKey.set(next.concern.key, [...same, added])
  }
  return [...all]
}

/** The sink has taken these. */
export const taken = (state: AlertState, key: string, alerts: readonly Alert[], now: number): AlertState => {
  const ids = new Set(alerts.map(({ id }) => id))
  return withSink(state, key, (sink) => ({
    ...sink,
    waiting: sink.waiting.filter(({ id }) => !ids.has(id)),
    failed: null,
    sent: now,
  }))
}

/** The sink has not: all of it waits for the next time. `before` is how it failed at the times before, although it may
 *  have taken others since. */
export const refused = (
  state: AlertState,
  key: string,
  why: string,
  now: number,
  before: SinkState['failed'] = state.sinks[key]?.failed ?? null,
): AlertState =>
  withSink(state, key, (sink) => ({
    ...sink,
    failed: { since: before?.since ?? now, why, tries: (before?.tries ?? 0) + 1 },
  }))

const withSink = (state: AlertState, key: string, change: (sink: SinkState) => SinkState): AlertState => ({
  ...state,
  sinks: { ...state.sinks, [key]: change(state.sinks[key] ?? freshSink) },
})

/** @throws TAMPERED */
export const alertsFromJson = (source: string, at: string): AlertState => parseJson(source, alertState, at)

const openConcern: Shape<OpenConcern> = shape({
  key: text,
  id: text,
  severity,
  host: nullable(text),
  path: nullable(text),
  message: text,
  fix: text,
  since: instant,
})

const alertShape: Shape<Alert> = shape({
  id: text,
  event: oneOf('open', 'gone', 'accepted'),
  concern: openConcern,
  at: instant,
  times: count,
})

const sinkState: Shape<SinkState> = shape({
  told: list(text),
  waiting: list(alertShape),
  failed: nullable(shape({ since: instant, why: text, tries: count })),
  sent: nullable(instant),
})

const alertState: Shape<AlertState> = shape({
  id: text,
  count,
  open: dictionary(openConcern),
  sinks: dictionary(sinkState),
})
