import { fail, SecretsError } from '../../core/errors.ts'
import type { HostProblem } from '../../core/fleet/delivery-report.ts'
import { problemOf } from '../../core/fleet/delivery-report.ts'
import type { FleetScript, HostChannel, Prepared } from '../../core/fleet/fleet.ts'
import type { Positions, PulledEvent } from '../../core/log/event-view.ts'
import type { Ports } from '../../core/ports.ts'
import type { LookOptions } from '../fleet/fleet-look.ts'
import { fleetProject, type FleetProject } from '../fleet/fleet-project.ts'
import { readTruth, type FleetTruth } from '../fleet/fleet-truth.ts'
import { readyInventory } from '../fleet/run-delivery.ts'
import { withProject } from '../project/open-project.ts'
import type { Project } from '../project/project.ts'
import { addToView, readView } from './event-store.ts'
import { pullHost, type PulledFrom } from './pull-host.ts'

export interface PullReport {
  readonly environment: string
  /** What was not there before, in its order. */
  readonly events: readonly PulledEvent[]
  readonly asked: number
  readonly problems: readonly (HostProblem & { readonly host: string })[]
  readonly notes: readonly string[]
}

/** Brings what containers and watches told since the last time into one view, `.lockstep/events.jsonl`. */
export const pullEvents = (ports: Ports, project: Project, options: LookOptions): Promise<PullReport> =>
  withProject(ports, project, { action: 'look' }, async (open) => {
    const { positions } = await readView(ports, project)
    const { truth, answers } = await ports.fleet.run({
      prepare: async () => prepare(ports, await fleetProject(open), options, positions),
      inventory: await readyInventory(ports, project, options.arguments),
      directory: project.root,
      arguments: options.arguments,
    })
    const targets = truth.targets().toSorted()
    const answerOf = (host: string): PulledFrom | SecretsError =>
      answers.get(host) ?? truth.loss(host) ?? fail('UNAVAILABLE', 'did not answer', { at: host })
    const pulled = targets.map(answerOf).flatMap((one) => (one instanceof SecretsError ? [] : [one]))
    return {
      environment: project.environment,
      events: await addToView(ports, project, pulled),
      asked: targets.length,
      problems: targets.flatMap((host) => {
        const answer = answerOf(host)
        return answer instanceof SecretsError ? [{ host, ...problemOf(answer) }] : []
      }),
      notes: pulled.flatMap(({ notes }) => notes),
    }
  })

interface Pulling extends Prepared {
  readonly truth: FleetTruth
  readonly answers: ReadonlyMap<string, PulledFrom | SecretsError>
}

const prepare = (ports: Ports, own: FleetProject, options: LookOptions, seen: Positions): Pulling => {
  const truth = readTruth(ports, own, options.hosts)
  const answers = new Map<string, PulledFrom | SecretsError>()
  const owner = { project: own.manifest.project, environment: own.environment }
  const secrets = new Set(own.secrets.map(({ name }) => name))
  const ask = async (channel: HostChannel): Promise<void> => {
    const { name } = channel
    if (!truth.targets().includes(name) || truth.loss(name) !== null) return
    options.onHost(name, 'is asked')
    try {
      const { directory } = truth.desired(name)
      answers.set(name, await pullHost(channel, { directory, owner, secrets }, seen))
    } catch (error) {
      if (!(error instanceof SecretsError)) throw error
      answers.set(name, error)
    }
  }
  const script: FleetScript = {
    begin: truth.begin,
    gone: truth.lose,
    phase: async (channel) => {
      await ask(channel)
      return { changed: false }
    },
  }
  return { truth, answers, patterns: truth.patterns, script }
}
