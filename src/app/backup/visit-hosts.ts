import { SecretsError, fail } from '../../core/errors.ts'
import type { FleetScript, HostChannel, Prepared } from '../../core/fleet/fleet.ts'
import { problemOf, type HostProblem } from '../../core/fleet/delivery-report.ts'
import type { Ports } from '../../core/ports.ts'
import { withinTime } from '../fleet/time-limit.ts'
import { fleetProject } from '../fleet/fleet-project.ts'
import { isOurs, readTruth, type FleetTruth } from '../fleet/fleet-truth.ts'
import { readyInventory } from '../fleet/run-delivery.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { CopyHost } from './host-copies.ts'

export interface VisitOptions {
  /** Ansible pattern; null: those that keep the ledger first, then the others. */
  readonly hosts: string | null
  /** How many of them, where no pattern is given. */
  readonly count: number
  /** Also these, where they are still given something. */
  readonly also: readonly string[]
  readonly arguments: readonly string[]
  readonly onHost: (host: string, state: string) => void
}

/** What became of one host: what `work` gave, or why it was not done. */
export type Visited<T> =
  | { readonly host: string; readonly done: T; readonly problem: null }
  | { readonly host: string; readonly done: null; readonly problem: HostProblem }

/** Goes to the hosts that have copies of backups. The newest ledger that they have is known here once the first `work`
 *  is called. A host that is down, or not set up, is a problem of its own. */
export const visitHosts = async <T>(
  ports: Ports,
  open: OpenProject,
  options: VisitOptions,
  work: (host: CopyHost) => Promise<T>,
): Promise<readonly Visited<T>[]> => {
  const { visited } = await ports.fleet.run({
    prepare: async () => prepareVisit(ports, open, options, work),
    inventory: await readyInventory(ports, open.project, options.arguments),
    directory: open.project.root,
    arguments: options.arguments,
  })
  return visited()
}

interface PreparedVisit<T> extends Prepared {
  visited(): readonly Visited<T>[]
}

const prepareVisit = async <T>(
  ports: Ports,
  open: OpenProject,
  options: VisitOptions,
  work: (host: CopyHost) => Promise<T>,
): Promise<PreparedVisit<T>> => {
  const project = await fleetProject(open)
  const truth = readTruth(ports, project, options.hosts)
  const found = new Map<string, Visited<T>>()
  let chosen: readonly string[] = []
  const lose = (host: string, error: SecretsError): void => {
    if (chosen.includes(host)) found.set(host, { host, done: null, problem: problemOf(error) })
    options.onHost(host, error.message)
  }
  const visit = async (channel: HostChannel): Promise<void> => {
    const host = channel.name
    await truth.inspect(channel)
    await truth.settled(truth.keepers())
    await truth.ledger()
    if (!chosen.includes(host)) return
    const identity = truth.facts(host)?.identity ?? null
    const facts = truth.facts(host)
    if (facts === null) return lose(host, truth.loss(host) ?? noAnswer())
    if (identity === null)
      return lose(host, fail('NOT_FOUND', 'is not set up', { hint: `lockstep setup --hosts ${host}` }))
    if (!isOurs(project, facts)) return lose(host, fail('CONFLICT', 'its directory is another project’s'))
    const { directory } = truth.desired(host)
    found.set(host, {
      host,
      done: await work({ channel: withinTime(channel, ports.clock), directory, identity }),
      problem: null,
    })
    options.onHost(host, 'is done')
  }
  const script: FleetScript = {
    begin: (inventory) => {
      const wanted = truth.begin(inventory)
      chosen = chooseHosts(truth, options)
      return [...new Set([...chosen, ...truth.keepers().filter((host) => wanted.includes(host))])]
    },
    gone: (host, loss) => {
      truth.lose(host, loss)
      lose(
        host,
        loss.code === 'UNAVAILABLE' ? fail('UNAVAILABLE', 'does not answer') : (truth.loss(host) ?? noAnswer()),
      )
    },
    phase: async (channel) => {
      try {
        await visit(channel)
      } catch (error) {
        if (!(error instanceof SecretsError)) throw error
        lose(channel.name, error)
      }
      return { changed: false }
    },
  }
  const visited = (): readonly Visited<T>[] =>
    chosen.map((host) => found.get(host) ?? { host, done: null, problem: problemOf(noAnswer()) })
  return { patterns: truth.patterns, script, visited }
}

const noAnswer = (): SecretsError => fail('UNAVAILABLE', 'did not answer')

const chooseHosts = (truth: FleetTruth, { hosts, count, also }: VisitOptions): readonly string[] => {
  if (hosts !== null) return truth.targets()
  const given = truth.given()
  const first = [...new Set([...truth.keepers(), ...given])].slice(0, count)
  const chosen = [...new Set([...first, ...also.filter((host) => given.includes(host))])]
  if (chosen.length > 0) return chosen
  throw fail('CONFIG', 'no host is to have copies', { at: 'backup: in lockstep.yaml', hint: 'backup: { copies: 2 }' })
}
