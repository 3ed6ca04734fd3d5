import type { HostProblem } from '../../core/fleet/delivery-report.ts'
import { problemOf } from '../../core/fleet/delivery-report.ts'
import { SecretsError } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { WatchEvent } from '../../core/watch/event.ts'
import type { MeantToRead, Verdict } from '../../core/watch/judge.ts'
import { judge } from '../../core/watch/judge.ts'
import { missingEvents, seenOn } from '../../core/watch/missing-events.ts'
import type { Since } from '../../core/since.ts'
import type { EventsFacts } from '../../core/watch/watch-facts.ts'
import { askHosts, type HostAnswer } from '../fleet/ask-hosts.ts'
import type { LookOptions } from '../fleet/fleet-look.ts'
import { withProject } from '../project/with-project.ts'
import type { Project } from '../project/project.ts'
import { fetchEvents } from './fetch-events.ts'
import { meantToRead } from './meant-to-read.ts'
import { markSeen, seenEvents } from './seen-events.ts'
import type { SeenEvents } from './seen-events.ts'

export interface EventsOptions extends LookOptions {
  readonly since: Since
  /** By host: after this number, whatever `since` says. */
  readonly after?: Readonly<Record<string, number>>
  /** What is found is marked as seen. */
  readonly seen: boolean
}

export interface JudgedEvent extends WatchEvent {
  readonly verdict: Verdict
}

export interface HostEvents {
  readonly host: string
  readonly events: readonly JudgedEvent[]
  /** What was not written down, or is no longer there, in words. */
  readonly missing: readonly string[]
  /** Number of the newest event there is; null: nothing was ever written there. */
  readonly last: number | null
  /** There are more than could be had at once. */
  readonly more: boolean
  readonly problem: HostProblem | null
}

export interface EventsReport {
  readonly environment: string
  readonly hosts: readonly HostEvents[]
  /** How many of the events nothing of ours explains. */
  readonly foreign: number
}

/** What the watches on the hosts wrote, each event judged. Changes nothing on them. */
export const fleetEvents = (ports: Ports, project: Project, options: EventsOptions): Promise<EventsReport> =>
  withProject(ports, project, { action: 'look' }, async (open) => {
    const seen = await seenEvents(ports, project)
    const { own, truth, answers } = await askHosts(ports, open, options, (channel, fleet) => {
      const seq = options.after?.[channel.name] ?? options.since.seq
      const since = seq === null ? (seen[channel.name] ?? { seq: 0, id: '' }) : { seq, id: '' }
      return fetchEvents(channel, fleet.truth.desired(channel.name).directory, since)
    })
    const hosts = answers.map((one) => {
      const isShown = options.since.seq !== null || options.after?.[one.host] !== undefined
      const mark = isShown ? null : (seen[one.host] ?? null)
      return hostEvents(one, meantToRead(own, truth, one.host), { from: options.since.at, mark })
    })
    if (options.seen) await markSeen(ports, project, seenNow(answers))
    const foreign = hosts.flatMap(({ events }) => events).filter(({ verdict }) => verdict === 'foreign').length
    return { environment: own.environment, hosts, foreign }
  })

const seenNow = (answers: readonly HostAnswer<EventsFacts>[]): Readonly<Record<string, SeenEvents>> =>
  Object.fromEntries(
    answers.flatMap(({ host, answer }): [string, SeenEvents][] => {
      if (answer instanceof SecretsError || answer.id === null) return []
      const seq = answer.more ? answer.events.at(-1)?.seq : answer.last?.seq
      return seq === undefined ? [] : [[host, { seq, id: answer.id }]]
    }),
  )

interface Shown {
  /** Milliseconds since 1970. */
  readonly from: number
  /** How far somebody has looked; null: that is not what was asked. */
  readonly mark: SeenEvents | null
}

const hostEvents = (
  { host, answer }: HostAnswer<EventsFacts>,
  meant: MeantToRead,
  { from, mark }: Shown,
): HostEvents => {
  if (answer instanceof SecretsError) {
    return { host, events: [], missing: [], last: null, more: false, problem: problemOf(answer) }
  }
  const events = answer.events
    .filter((event) => event.at >= from)
    .map((event) => ({ ...event, verdict: judge(event, meant) }))
  const missing = missingEvents(answer, { seen: seenOn(answer.id, mark), from })
  return { host, events, missing, last: answer.last?.seq ?? null, more: answer.more, problem: null }
}
