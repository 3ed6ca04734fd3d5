import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import type { FleetScript, HostChannel, Prepared } from '../../core/fleet/fleet.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import type { UnreachedLedger } from '../../core/fleet/ledger-reach.ts'
import type { Ports } from '../../core/ports.ts'
import type { AtWork } from '../../core/rotate/at-work.ts'
import { knownRotations, type KnownRotations } from '../../core/rotate/known-rotations.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { FleetProject } from './fleet-project.ts'
import { fleetProject } from './fleet-project.ts'
import type { FleetTruth } from './fleet-truth.ts'
import { lookWords, readTruth } from './fleet-truth.ts'
import { rotationAtWork } from './lease.ts'
import type { HostsInput } from './plan-hosts.ts'
import { planHosts } from './plan-hosts.ts'
import { readyInventory } from './run-delivery.ts'
import { eventsAtOnce } from '../watch/fetch-events.ts'
import { judgedEvents, seenEvents } from '../watch/seen-events.ts'
import type { SeenEvents } from '../watch/seen-events.ts'
import type { WatchQuestion } from './inspect-host.ts'
import { unreachedLedger } from './unreached-ledger.ts'

export interface LookOptions {
  /** Ansible pattern; null: all. */
  readonly hosts: string | null
  readonly arguments: readonly string[]
  readonly onHost: (host: string, state: string) => void
}

export interface WholeLookOptions extends LookOptions {
  /** Every path of ours, for an audit. */
  readonly walk: boolean
  /** Done to a host before it is looked at. */
  readonly before?: (channel: HostChannel, truth: FleetTruth) => Promise<void>
}

/** What `status` and `audit` judge by. */
export interface FleetLook {
  readonly project: FleetProject
  readonly truth: FleetTruth
  readonly ledger: Ledger
  /** The copies on the hosts are older than the one seen from here. */
  readonly isRolledBack: boolean
  /** Hosts whose copy of the ledger does not open. */
  readonly unreadable: readonly string[]
  /** Null: a copy was had. */
  readonly unreached: UnreachedLedger | null
  /** How far somebody has looked at the events of each host's watch. */
  readonly seen: Readonly<Record<string, SeenEvents>>
  /** How far audits have judged them. */
  readonly judged: Readonly<Record<string, SeenEvents>>
  /** The rotation that is being done meanwhile; null: none. */
  readonly atWork: AtWork | null
  /** Null: the ledger was not reached. */
  readonly rotations: KnownRotations | null
  /** What a deploy would do on each host that answered. */
  readonly plans: ReadonlyMap<string, HostPlan>
}

/** Looks at every host at once; of itself it changes nothing there. */
export const lookAtFleet = async (ports: Ports, open: OpenProject, options: WholeLookOptions): Promise<FleetLook> => {
  const { project, truth, seen, judged } = await ports.fleet.run({
    prepare: async () => prepareLook(ports, await fleetProject(open), options),
    inventory: await readyInventory(ports, open.project, options.arguments),
    directory: open.project.root,
    arguments: options.arguments,
  })
  const found = await truth.ledger()
  const { ledger, isRolledBack, unreadable } = found
  const unreached = unreachedLedger(project, truth, found)
  const atWork = rotationAtWork(ports, project, truth, ledger)
  const plans = planHosts(project, truth, { ...lookOnly, ledger, atWork })
  const now = atWork === null ? null : ports.clock.now()
  const rotations = unreached === null ? knownRotations(ledger, project.manifest, now) : null
  return { project, truth, ledger, isRolledBack, unreadable, unreached, seen, judged, atWork, rotations, plans }
}

interface PreparedLook extends Prepared {
  readonly project: FleetProject
  readonly truth: FleetTruth
  readonly seen: Readonly<Record<string, SeenEvents>>
  readonly judged: Readonly<Record<string, SeenEvents>>
}

const prepareLook = async (ports: Ports, project: FleetProject, options: WholeLookOptions): Promise<PreparedLook> => {
  const seen = await seenEvents(ports, project)
  const judged = await judgedEvents(ports, project)
  const truth = readTruth(ports, project, options.hosts)
  const script: FleetScript = {
    begin: truth.begin,
    gone: (host, loss) => {
      truth.lose(host, loss)
      options.onHost(host, lookWords(truth, host))
    },
    phase: async (channel) => {
      await options.before?.(channel, truth)
      await truth.inspect(channel, { walk: options.walk, watch: askedWatch(options, seen[channel.name]) })
      options.onHost(channel.name, lookWords(truth, channel.name))
      return { changed: false }
    },
  }
  return { project, truth, seen, judged, patterns: truth.patterns, script }
}

/** An audit judges what came since somebody looked; else only how the watch stands. */
const askedWatch = ({ walk }: WholeLookOptions, seen: SeenEvents | undefined): WatchQuestion =>
  walk ? { since: seen?.seq ?? 0, id: seen?.id ?? '', limit: eventsAtOnce } : { since: 2 ** 31 - 1, id: '', limit: 0 }

/** What would be done, for those who only ask. */
const lookOnly: Omit<HostsInput, 'ledger'> = {
  mode: 'deploy',
  rollBack: [],
  replaceFiles: false,
  acceptRolledBack: false,
  executable: null,
  isLook: true,
  refused: new Map(),
}
