import type { HostChannel, Operation } from '../core/fleet.ts'
import type { HostFacts } from '../core/host-facts.ts'
import { containerFacts, hostFacts } from '../core/host-facts.ts'
import type { ContainerFacts } from '../core/host-facts.ts'
import { list, nullable, flag, integer, shape, text } from '../core/shape.ts'
import type { Shape } from '../core/shape.ts'
import type { Canonical } from '../core/canonical.ts'
import type { PageAddress } from '../core/container-command.ts'
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
  readonly ledger: boolean
  readonly engine: boolean
  readonly walk?: boolean
  readonly executable?: boolean
  /** Status pages to ask, by container name. */
  readonly statuses?: Readonly<Record<string, PageAddress>>
}

export const inspectHost = async (host: HostChannel, options: InspectOptions): Promise<HostFacts> => {
  const { statuses = {}, ...rest } = options
  const pages = Object.fromEntries(Object.entries(statuses).map(([name, page]) => [name, pageOf(page)]))
  const answer = await host.call({ op: 'inspect', ...rest, statuses: pages })
  return hostFacts(answer, `${host.name}: facts`)
}

/** A page's address as the receiver takes it. */
export const pageOf = (page: PageAddress): Canonical => ({
  port: page.port,
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

const leaseSeconds = 600

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

export interface ReplaceOptions {
  readonly name: string
  readonly argv: readonly string[]
  readonly needsImageCommand: boolean
  readonly health: PageAddress | null
  readonly status: PageAddress | null
  readonly healthSeconds: number
}

const replaced: Shape<Replaced> = shape({
  started: flag,
  ready: nullable(flag),
  reason: nullable(text),
  container: nullable(containerFacts),
})

export interface Replaced {
  readonly started: boolean
  readonly ready: boolean | null
  readonly reason: string | null
  readonly container: ContainerFacts | null
}

export const replaceContainer = async (
  host: HostChannel,
  target: HostTarget,
  options: ReplaceOptions,
): Promise<Replaced> => {
  const { health, status, ...rest } = options
  const header = operation('replace', target, {
    ...rest,
    ...(health === null ? {} : { health: pageOf(health) }),
    ...(status === null ? {} : { status: pageOf(status) }),
  })
  const timeout = (options.healthSeconds + 120) * 1000
  return replaced(await host.call(header, { timeout }), host.name)
}

export const settleContainer = (
  host: HostChannel,
  target: HostTarget,
  name: string,
  keep: 'new' | 'old',
): Promise<unknown> => host.call(operation('settle', target, { name, keep }))

/** Removes generations that nothing refers to, and lets go of the lease where the run is done here. */
export const pruneHost = async (
  host: HostChannel,
  target: HostTarget,
  keep: readonly number[],
  release: boolean,
): Promise<Switched> => switched(await host.call(operation('prune', target, { keep, release })), host.name)

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
