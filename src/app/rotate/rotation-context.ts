import type { SecretsError } from '../../core/errors.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { Inventory } from '../../core/fleet/inventory.ts'
import type { OwnExecutable, Ports } from '../../core/ports.ts'
import type { WrittenSecret } from '../../core/rotate/rotated-since.ts'
import type { AccessLog } from '../log/access-log.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { Delivery } from '../fleet/deliver.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import type { FleetTruth } from '../fleet/fleet-truth.ts'
import type { RunIdentity } from '../fleet/host-steps.ts'

export interface RotateOptions {
  /** `new`: what is named, or all. `resume`, `abort`: go on with what was cut off, or take it back. */
  readonly mode: 'new' | 'resume' | 'abort'
  /** Secrets, groups, credentials; empty: all. */
  readonly names: readonly string[]
  /** Ansible pattern; null: all. */
  readonly hosts: string | null
  readonly due: boolean
  /** A host or an operator: what they could read, and nothing else. Null: no such limit. */
  readonly exposedBy: string | null
  readonly check: boolean
  readonly expect: string | null
  readonly isEmergency: boolean
  /** Go on although hosts that need the new values do not answer: they block the end of the old ones. */
  readonly allowMissing: boolean
  /** Hosts that are waited for no more. */
  readonly abandon: readonly string[]
  /** With `abort`: what is named and cannot be taken back is left upstream as it is. */
  readonly isAbandoning: boolean
  readonly takeOver: string | null
  readonly reason: string | null
  /** There is somebody to ask. */
  readonly isAttended: boolean
  readonly arguments: readonly string[]
  readonly onHost: (host: string, state: string) => void
  readonly onStep: (line: string) => void
  readonly onStage: (stage: RotationStage) => void
}

/** How far a run has come: `begun` with its first record, which may be on a host from then on; `ending` where all new values
 *  are in force and former ones are ended; `over` where nothing is left to do but a backup. Before that nothing was begun. */
export type RotationStage = 'begun' | 'ending' | 'over'

/** What the steps of one run have in common, once all hosts have been looked at. */
export interface RotationContext {
  readonly ports: Ports
  readonly open: OpenProject
  readonly log: AccessLog
  readonly project: FleetProject
  readonly truth: FleetTruth
  readonly inventory: Inventory
  readonly who: RunIdentity
  readonly options: RotateOptions
  /** Hosts that are connected. */
  readonly channels: ReadonlyMap<string, HostChannel>
  /** Aborted once the fleet is no longer this run's: what upstream is still asked is called off. */
  readonly signal: AbortSignal
  readonly stop: () => void
  /** What this run has written into the project so far. */
  readonly written: WrittenSecret[]
  /** The delivery that is under way on these connections: it is told of those that are lost. */
  readonly carried: { delivery: Delivery | null }
  /** Ours, for hosts whose containers start through it. */
  readonly executable: () => Promise<OwnExecutable | null>
}

/** A host that has to have something and cannot be reached, or must not be touched. */
export interface MissingHost {
  readonly host: string
  readonly problem: SecretsError
  /** Nothing was ever brought there. */
  readonly isNew?: boolean
}
