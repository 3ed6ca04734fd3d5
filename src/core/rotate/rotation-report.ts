import type { Code } from '../errors.ts'
import type { HostOutcome, HostProblem } from '../fleet/delivery-report.ts'
import type { Proof } from '../manifest/manifest.ts'
import { remedyOf, type Exposed, type ExposedSecret } from './exposed.ts'
import type { CredentialEnd, RotationState } from './journal.ts'
import type { KnownRotations } from './known-rotations.ts'
import type { RotationRow } from './rotation-plan.ts'

/** One credential as a run left it, or as it would. */
export interface RotatedRow extends Omit<RotationRow, 'credential'> {
  readonly id: string
  readonly names: readonly string[]
  readonly group: string
  readonly host: string | null
  readonly with: string
  /** Milliseconds after which it is due; null: nothing says so. */
  readonly every: number | null
  /** How far it is: what became of it within this run, else where it stands in the journal; null: nothing was done. */
  readonly end: CredentialEnd | RotationState | null
}

/** A former value that is still valid. */
export interface StillValid {
  readonly id: string
  readonly names: readonly string[]
  readonly with: string
  /** What it waits for; null: its end is the next thing to do. */
  readonly why: string | null
  readonly hosts: readonly string[]
  /** When its overlap is over, in milliseconds since 1970. */
  readonly until: number
  /** That is over, and a host, or what only a person mends, keeps it all the same: the run does not help that. */
  readonly isLate: boolean
  /** Its end has begun: there is no way back. */
  readonly isEnding: boolean
}

export interface Committed {
  /** Null: what is pushed was committed before. */
  readonly commit: string | null
  readonly isPushed: boolean
  /** The files are as they were rotated, whatever git said. */
  readonly problem: HostProblem | null
}

export interface RotationReport {
  readonly plan: string
  readonly environment: string
  readonly isCheck: boolean
  /** Of a check: the run would be refused as things stand, and the notes say why. */
  readonly isRefused: boolean
  readonly isEmergency: boolean
  /** What somebody could read, where that is what it is about. */
  readonly exposed: Exposed | null
  readonly rows: readonly RotatedRow[]
  readonly hosts: readonly HostOutcome[]
  /** By container: the best proof there can be of it. */
  readonly provable: Readonly<Record<string, Proof>>
  readonly missing: readonly (HostProblem & { readonly host: string })[]
  /** Hosts that nobody waits for any more: this run was told so. */
  readonly abandoned: readonly string[]
  readonly waiting: readonly StillValid[]
  /** What an emergency left as it was, in words, with what to type. */
  readonly leftOut: readonly string[]
  /** A rotation is left half-done: --resume or --abort. */
  readonly isOpen: boolean
  /** The backup that was made and verified last: afterwards, else before. Null: nothing was done. */
  readonly backup: string | null
  /** What became of the files in git; null: nothing was to be committed, or nobody wants that. */
  readonly git: Committed | null
  /** How they stand now, for alerts and metrics. */
  readonly rotations: KnownRotations
  readonly notes: readonly string[]
}

const bad: ReadonlySet<HostOutcome['state']> = new Set(['failed', 'held-back', 'refused', 'unreachable'])

/** Null when all was done that could be done by now: what is wrong with a host that was abandoned is known. A person's
 *  secret that is overdue is no success, nor is one that somebody could read and that stays as it is, nor a former value
 *  that is to have ended and has not. */
export const rotationExit = (report: RotationReport): Code | null => {
  const { rows, hosts, missing, isOpen, git, exposed, abandoned, leftOut, waiting } = report
  const isMeant = ({ host }: { readonly host: string }): boolean => !abandoned.includes(host)
  const isWrong =
    isOpen ||
    (git?.problem ?? null) !== null ||
    missing.some(isMeant) ||
    leftOut.length > 0 ||
    waiting.some(({ isLate }) => isLate) ||
    hosts.some((one) => bad.has(one.state) && isMeant(one)) ||
    (exposed !== null && (exposed.secrets.some(isByHand) || rows.some(({ action }) => action === 'leave'))) ||
    rows.some(({ problem, action, state }) => problem !== null || (action === 'leave' && state === 'overdue'))
  return isWrong ? 'PARTIAL' : null
}

/** To be set, or looked after where it was in use. */
const isByHand = (secret: ExposedSecret): boolean => ['set', 'look'].includes(remedyOf(secret))
