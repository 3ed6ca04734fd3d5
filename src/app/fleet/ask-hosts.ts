import { SecretsError, fail } from '../../core/errors.ts'
import type { FleetScript, HostChannel, Prepared } from '../../core/fleet/fleet.ts'
import type { Ports } from '../../core/ports.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { LookOptions } from './fleet-look.ts'
import { fleetProject, type FleetProject } from './fleet-project.ts'
import { readTruth, type FleetTruth } from './fleet-truth.ts'
import { readyInventory } from './run-delivery.ts'

/** What is known of the fleet while it is asked. */
export interface AskedFleet {
  readonly own: FleetProject
  readonly truth: FleetTruth
}

export interface AskedHosts<T> extends AskedFleet {
  /** All that were meant, in the inventory's order: what each said, or why it said nothing. */
  readonly answers: readonly HostAnswer<T>[]
}

export interface HostAnswer<T> {
  readonly host: string
  readonly answer: T | SecretsError
}

/** Asks every host that is meant, all at once, without looking at it first. */
export const askHosts = async <T>(
  ports: Ports,
  open: OpenProject,
  options: LookOptions,
  ask: (channel: HostChannel, fleet: AskedFleet) => Promise<T>,
): Promise<AskedHosts<T>> => {
  const { own, truth, answers } = await ports.fleet.run({
    prepare: async () => prepare(ports, await fleetProject(open), options, ask),
    inventory: await readyInventory(ports, open.project, options.arguments),
    directory: open.project.root,
    arguments: options.arguments,
  })
  const answerOf = (host: string): T | SecretsError =>
    answers.get(host) ?? truth.loss(host) ?? fail('UNAVAILABLE', 'did not answer', { at: host })
  return { own, truth, answers: truth.targets().map((host) => ({ host, answer: answerOf(host) })) }
}

interface Asking<T> extends Prepared, AskedFleet {
  readonly answers: ReadonlyMap<string, T | SecretsError>
}

const prepare = <T>(
  ports: Ports,
  own: FleetProject,
  options: LookOptions,
  ask: (channel: HostChannel, fleet: AskedFleet) => Promise<T>,
): Asking<T> => {
  const truth = readTruth(ports, own, options.hosts)
  const answers = new Map<string, T | SecretsError>()
  const script: FleetScript = {
    begin: truth.begin,
    gone: truth.lose,
    phase: async (channel) => {
      const { name } = channel
      if (!truth.targets().includes(name) || truth.loss(name) !== null) return { changed: false }
      options.onHost(name, 'is asked')
      try {
        answers.set(name, await ask(channel, { own, truth }))
      } catch (error) {
        if (!(error instanceof SecretsError)) throw error
        answers.set(name, error)
      }
      return { changed: false }
    },
  }
  return { own, truth, answers, patterns: truth.patterns, script }
}
