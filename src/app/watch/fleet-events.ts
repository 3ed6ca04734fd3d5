import type { HostProblem } from '../../core/fleet/delivery-report.ts'
import { problemOf } from '../../core/fleet/delivery-report.ts'
import { SecretsError, fail } from '../../core/errors.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { Ports } from '../../core/ports.ts'
import type { WatchEvent } from '../../core/watch/event.ts'
import type { Verdict } from '../../core/watch/judge.ts'
import { judge } from '../../core/watch/judge.ts'
import type { Since } from '../../core/since.ts'
import type { EventsFacts } from '../../core/watch/watch-facts.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import { fleetProject } from '../fleet/fleet-project.ts'
import type { FleetTruth } from '../fleet/fleet-truth.ts'
import { readTruth } from '../fleet/fleet-truth.ts'
import { readyInventory } from '../fleet/run-delivery.ts'
import { withProject } from '../project/open-project.ts'
import type { Project } from '../project/project.ts'
import { fetchEvents } from './fetch-events.ts'
import { meantToRead } from './meant-to-read.ts'
import { markSeen, seenEvents } from './seen-events.ts'
import type { SeenEvents } from './seen-events.ts'

export interface EventsOptions {
  /** Ansible pattern; null: all. */
  readonly hosts: string | null
  readonly since: Since
  /** By host: after this number, whatever `since` says. */
  readonly after?: Readonly<Record<string, number>>
  /** What is found is marked as seen. */
  readonly seen: boolean
  readonly arguments: readonly string[]
  readonly onHost: (host: string, state: string) => void
}

export interface JudgedEvent extends WatchEvent {
  readonly verdict: Verdict
}

export interface HostEvents {
  readonly host: string
  readonly events: readonly JudgedEvent[]
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
    const { truth, own, answers } = await ports.fleet.run({
      prepare: async () => prepareEvents(ports, await fleetProject(open), options),
      inventory: await readyInventory(ports, project, options.arguments),
      directory: project.root,
      arguments: options.arguments,
    })
    const hosts = truth.targets().map((host) => hostEvents(host, own, { truth, answers, since: options.since }))
    if (options.seen) await markSeen(ports, own, seenNow(answers))
    const foreign = hosts.flatMap(({ events }) => events).filter(({ verdict }) => verdict === 'foreign').length
    return { environment: own.environment, hosts, foreign }
  })

type Answers = ReadonlyMap<string, EventsFacts | SecretsError>

const prepareEvents = async (ports: Ports, own: FleetProject, options: EventsOptions) => {
  const truth = readTruth(ports, own, options.hosts)
  const answers = new Map<string, EventsFacts | SecretsError>()
  const seen = await seenEvents(ports, own)
  const ask = async (channel: HostChannel): Promise<void> => {
    const { name } = channel
    if (!truth.targets().includes(name) || truth.loss(name) !== null) return
    options.onHost(name, 'is asked')
    try {
      const seq = options.after?.[name] ?? options.since.seq
      const since = seq === null ? (seen[name] ?? { seq: 0, id: '' }) : { seq, id: '' }
      answers.set(name, await fetchEvents(channel, truth.desired(name).directory, since))
    } catch (error) {
      if (!(error instanceof SecretsError)) throw error
      answers.set(name, error)
    }
  }
  return {
    own,
    truth,
    answers,
    patterns: truth.patterns,
    script: {
      begin: truth.begin,
      gone: truth.lose,
      phase: async (channel: HostChannel) => {
        await ask(channel)
        return { changed: false }
      },
    },
  }
}

interface Found {
  readonly truth: FleetTruth
  readonly answers: Answers
  readonly since: Since
}

const seenNow = (answers: Answers): Readonly<Record<string, SeenEvents>> =>
  Object.fromEntries(
    [...answers].flatMap(([host, answer]): [string, SeenEvents][] => {
      if (answer instanceof SecretsError || answer.id === null) return []
      const seq = answer.more ? answer.events.at(-1)?.seq : answer.last?.seq
      return seq === undefined ? [] : [[host, { seq, id: answer.id }]]
    }),
  )

const hostEvents = (host: string, own: FleetProject, { truth, answers, since }: Found): HostEvents => {
  const answer = answers.get(host) ?? truth.loss(host) ?? fail('UNAVAILABLE', 'did not answer', { at: host })
  if (answer instanceof SecretsError) return { host, events: [], last: null, more: false, problem: problemOf(answer) }
  const meant = meantToRead(own, truth, host)
  const events = answer.events
    .filter((event) => event.at >= since.at)
    .map((event) => ({ ...event, verdict: judge(event, meant) }))
  return { host, events, last: answer.last?.seq ?? null, more: answer.more, problem: null }
}
