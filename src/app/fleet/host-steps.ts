import { mapValues } from '../../core/map-values.ts'
import type { HostChannel, Operation } from '../../core/fleet/fleet.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import { containerFacts, hostFacts, unit } from '../../core/fleet/host-facts.ts'
import type { ContainerFacts } from '../../core/fleet/host-facts.ts'
import { list, nullable, flag, integer, shape, text } from '../../core/shape.ts'
import type { Shape } from '../../core/shape.ts'
import type { Canonical } from '../../core/canonical.ts'
import { liveFacts } from '../../core/containers/live.ts'
import { leaseSeconds } from '../../core/fleet/lease.ts'
import type { LiveFacts } from '../../core/containers/live.ts'
import type { PageAddress } from '../../core/containers/page-address.ts'
import type { UnitFacts } from '../../core/containers/unit-facts.ts'
import type { SealedFile } from './seal-generation.ts'

/** Who asks, for the lease on a host and for its checks. */
export interface RunIdentity {
  /** Random, one for each run of lockstep. */
  readonly run: string
  /** user@machine (pid), for people. */
  readonly holder: string
}

/** What every changing call carries. */
export interface HostTarget {
  readonly directory: string
  readonly identity: {
    readonly project: string
    readonly environment: string
    readonly host: string
    readonly id: string
  }
  readonly run: string
  readonly revision: number
}

export interface InspectOptions {
  readonly directory: string
  readonly owner: { readonly project: string; readonly environment: string }
  readonly ledger: boolean
  readonly engine: boolean
  readonly walk?: boolean
  readonly executable?: boolean
  /** Status pages to ask, by container. */
  readonly statuses: Readonly<Record<string, PageAddress>>
  /** systemd units to ask about, by container. */
  readonly units: Readonly<Record<string, { readonly unit: string; readonly status: PageAddress | null }>>
  /** Containers with a live directory. */
  readonly live: readonly string[]
}

export const inspectHost = async (host: HostChannel, options: InspectOptions): Promise<HostFacts> => {
  const { statuses, units, live, ...rest } = options
  const header: { readonly [key: string]: Canonical | undefined } = {
    ...rest,
    statuses: mapValues(statuses, pageOf),
    ...(live.length === 0 ? {} : { live }),
    ...(Object.keys(units).length === 0 ? {} : { units: mapValues(units, askedUnit) }),
  }
  const answer = await host.call({ op: 'inspect', directory: options.directory, ...header })
  return hostFacts(answer, `${host.name}: facts`)
}

const askedUnit = (asked: InspectOptions['units'][string]): Canonical => ({
  unit: asked.unit,
  ...(asked.status === null ? {} : { status: pageOf(asked.status) }),
})

/** A page's address as the receiver takes it. */
export const pageOf = (page: PageAddress): Canonical => ({
  ...(page.port === null ? {} : { port: page.port }),
  path: page.path,
  ...(page.address === null ? {} : { address: page.address }),
})

const operation = (
  op: Operation['op'],
  target: HostTarget,
  more: { readonly [key: string]: Canonical },
): Operation => ({
  op,
  directory: target.directory,
  identity: target.identity,
  run: target.run,
  revision: target.revision,
  ...more,
})

export const enrolHost = (host: HostChannel, target: HostTarget): Promise<unknown> =>
  host.call(operation('enrol', target, {}))

export interface StageOptions {
  readonly generation: { readonly number: number; readonly id: string }
  readonly files: readonly SealedFile[]
  readonly holder: string
  /** A run known to be dead, whose lease may be taken over. */
  readonly over: string | null
  readonly ledger: Uint8Array | null
  /** Switch in the same call; `keep` are generations that must stay. */
  readonly switchNow: { readonly keep: readonly number[]; readonly release: boolean; readonly replace: boolean } | null
}

const switched: Shape<Switched> = shape({ before: nullable(integer), removed: nullable(list(integer)) })

export interface Switched {
  readonly before: number | null
  /** Generations removed; null where none were looked for. */
  readonly removed: readonly number[] | null
}

export const stageHost = async (host: HostChannel, target: HostTarget, options: StageOptions): Promise<Switched> => {
  const { switchNow } = options
  const header = operation('stage', target, {
    generation: { ...options.generation },
    files: options.files.map(({ path, uid }) => ({ path, ...(uid === null ? {} : { uid, gid: uid }) })),
    lease: leaseOf(options),
    ledger: options.ledger !== null,
    ...(switchNow === null ? {} : { switch: true, ...switchNow }),
  })
  const blobs = [...options.files.map((file) => file.bytes), ...(options.ledger === null ? [] : [options.ledger])]
  return switched(await host.call(header, { blobs, timeout: 120_000 }), host.name)
}

export const switchHost = async (
  host: HostChannel,
  target: HostTarget,
  generation: { readonly number: number; readonly id: string },
  replace: boolean,
): Promise<Switched> =>
  switched(await host.call(operation('switch', target, { generation: { ...generation }, replace })), host.name)

/** How the host finds and changes one consumer: fields of the operations `replace` and `settle`. */
export type Consumer = { readonly [key: string]: Canonical }

export interface ReplaceOptions {
  readonly consumer: Consumer
  readonly health: PageAddress | null
  readonly healthCommand: readonly string[] | null
  readonly status: PageAddress | null
  readonly healthSeconds: number
}

export interface Replaced {
  readonly started: boolean
  readonly ready: boolean | null
  readonly reason: string | null
  readonly containers: readonly ContainerFacts[]
  readonly unit: UnitFacts | null
  readonly live: LiveFacts | null
}

const replaced: Shape<Replaced> = shape({
  started: flag,
  ready: nullable(flag),
  reason: nullable(text),
  containers: (value, at) => nullable(list(containerFacts))(value, at) ?? [],
  unit: nullable(unit),
  live: nullable(liveFacts),
})

export const replaceContainer = async (
  host: HostChannel,
  target: HostTarget,
  options: ReplaceOptions,
): Promise<Replaced> => {
  const { consumer, health, healthCommand, status, healthSeconds } = options
  const header = operation('replace', target, {
    ...consumer,
    healthSeconds,
    ...(health === null ? {} : { health: pageOf(health) }),
    ...(healthCommand === null ? {} : { healthCommand }),
    ...(status === null ? {} : { status: pageOf(status), statuses: { [`${consumer['container']}`]: pageOf(status) } }),
  })
  // an image may have to be fetched first
  const timeout = (healthSeconds + 900) * 1000
  return replaced(await host.call(header, { timeout }), host.name)
}

/** Sees to it that a container can be started there: that its image is there, and can be started by us. Touches none.
 *  @throws UNAVAILABLE, CONFIG */
export const prepareContainer = (host: HostChannel, target: HostTarget, consumer: Consumer): Promise<unknown> =>
  host.call(operation('replace', target, { ...consumer, prepare: true }), { timeout: 900_000 })

export interface Settled {
  /** What failed is still there, stopped, under the name of what failed. */
  readonly kept: boolean | null
}

const settled: Shape<Settled> = shape({ kept: nullable(flag) })

export const settleContainer = async (
  host: HostChannel,
  target: HostTarget,
  consumer: Consumer,
  keep: 'new' | 'old',
): Promise<Settled> =>
  settled(await host.call(operation('settle', target, { ...consumer, keep }), { timeout: 300_000 }), host.name)

/** One file of ours below the directory, its digest checked where it arrives. */
export const installFile = (
  host: HostChannel,
  target: HostTarget,
  file: { readonly path: string; readonly mode: number; readonly sha256: string; readonly packed: Uint8Array },
): Promise<unknown> => {
  const { packed, ...rest } = file
  return host.call(operation('install', target, rest), { blobs: [packed], timeout: 900_000 })
}

/** Removes generations that nothing refers to, and lets go of the lease where the run is done here; where it went well,
 *  removes containers that failed before. */
export const pruneHost = async (
  host: HostChannel,
  target: HostTarget,
  options: { readonly keep: readonly number[]; readonly release: boolean; readonly succeeded: boolean },
): Promise<Switched> => switched(await host.call(operation('prune', target, options)), host.name)

/** Writes the ledger where this host keeps one (taking the lease where the run does not hold it yet), and lets go of
 *  the host. */
export const recordHost = (
  host: HostChannel,
  target: HostTarget,
  ledger: Uint8Array | null,
  lease: { readonly holder: string; readonly over: string | null },
): Promise<unknown> => {
  const header = operation('record', target, { ledger: ledger !== null, lease: leaseOf(lease) })
  return host.call(header, { blobs: ledger === null ? [] : [ledger] })
}

const leaseOf = ({ holder, over }: { readonly holder: string; readonly over: string | null }): Canonical => ({
  holder,
  seconds: leaseSeconds,
  ...(over === null ? {} : { over }),
})
