import { canonical } from '../canonical.ts'
import type { HostProblem } from '../fleet/delivery-report.ts'
import type { Candidate } from './choose.ts'
import type { OldStays } from './rotator.ts'

/** What a run does about one credential. `rotate`: a new value. `retire`: the former value, which is in use nowhere any
 *  more, is ended. `wait`: it is not yet time for that. `leave`: nothing. `return`: the former value comes back. */
export type RotationAction = 'rotate' | 'retire' | 'wait' | 'leave' | 'return'

export interface RotationRow extends Candidate {
  readonly action: RotationAction
  /** Null where no rotator could be asked. */
  readonly oldStays: OldStays | null
  /** Milliseconds that the old value stays valid beside the new one. */
  readonly overlap: number
  /** What the rotator found: `key slots 1/2`. */
  readonly note: string | null
  /** Why it is left alone, or waits. */
  readonly why: string | null
  /** What stands in the way; null: nothing. */
  readonly problem: HostProblem | null
  /** By name of secret: the version in force and the one to come. */
  readonly versions: Readonly<Record<string, { readonly from: number; readonly to: number }>>
}

export interface PlanFacts {
  readonly rows: readonly Pick<RotationRow, 'credential' | 'action' | 'overlap' | 'oldStays' | 'versions'>[]
  /** Id of what is done on the hosts. */
  readonly hosts: string
  readonly missing: readonly string[]
  readonly isEmergency: boolean
}

/** Names the plan: the same facts give the same text, of which the id is a digest. */
export const planText = ({ rows, hosts, missing, isEmergency }: PlanFacts): string =>
  canonical({
    hosts,
    isEmergency,
    missing: [...missing].sort(),
    rows: rows
      .filter(({ action }) => action !== 'leave' && action !== 'wait')
      .map(({ credential, action, overlap, oldStays, versions }) => ({
        id: credential.id,
        with: credential.rotate.with,
        action,
        overlap,
        oldStays: oldStays ?? '',
        versions: Object.fromEntries(Object.entries(versions).map(([name, { from, to }]) => [name, `${from}:${to}`])),
      })),
  })
