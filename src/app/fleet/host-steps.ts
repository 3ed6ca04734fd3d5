import type { Canonical } from '../../core/canonical.ts'
import type { HostChannel, Operation } from '../../core/fleet/fleet.ts'
import { leaseSeconds } from '../../core/fleet/lease.ts'
import { integer, list, nullable, shape } from '../../core/shape.ts'
import type { Shape } from '../../core/shape.ts'
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

/** A changing call's header. */
export const operation = (
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
 *  the host unless told not to. */
export const recordHost = (
  host: HostChannel,
  target: HostTarget,
  ledger: Uint8Array | null,
  lease: { readonly holder: string; readonly over: string | null; readonly release: boolean },
): Promise<unknown> => {
  const { release } = lease
  const header = operation('record', target, { ledger: ledger !== null, lease: leaseOf(lease), release })
  return host.call(header, { blobs: ledger === null ? [] : [ledger] })
}

const leaseOf = ({ holder, over }: { readonly holder: string; readonly over: string | null }): Canonical => ({
  holder,
  seconds: leaseSeconds,
  ...(over === null ? {} : { over }),
})
