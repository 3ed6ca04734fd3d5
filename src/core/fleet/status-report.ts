import { isoTime } from '../duration.ts'
import type { WatchFacts } from '../watch/watch-facts.ts'
import { isWatchStopped } from '../watch/watch-plan.ts'
import type { BackupStatus } from '../backup/backup-status.ts'
import type { HostPlan } from './delivery-plan.ts'
import { toldProblem, type HostProblem } from './delivery-report.ts'
import type { Proof } from '../manifest/manifest.ts'
import type { KnownRotations } from '../rotate/known-rotations.ts'
import type { ContainerProof } from '../containers/proof.ts'

/** How the fleet stands against the project. */
export interface StatusReport {
  readonly environment: string
  readonly revision: number
  readonly hosts: readonly HostStatus[]
  /** Names of secrets past their `every`. */
  readonly overdue: readonly { readonly name: string; readonly age: number | null; readonly every: number | null }[]
  readonly backup: BackupStatus & { /** For people. */ readonly says: string }
  /** Null: the ledger was not reached. */
  readonly rotations: KnownRotations | null
  /** A rotation is being done meanwhile: what is not in step may be so when it is over. */
  readonly isAtWork: boolean
  readonly notes: readonly string[]
  /** Every host and every container is as the project says, no host keeps what it is no longer given, and nothing speaks
   *  against the ledger. */
  readonly isInStep: boolean
}

export interface HostStatus {
  readonly host: string
  /** Null: what is said of it cannot be. */
  readonly rung: string | null
  readonly state: 'in step' | 'behind' | 'not set up' | 'problem' | 'unreachable'
  /** Number of the generation in force; null: none, or nobody could be asked. */
  readonly generation: number | null
  /** Number of the one a delivery would bring. */
  readonly next: number | null
  /** Why it is behind. */
  readonly reason: string | null
  readonly containers: readonly ContainerStatus[]
  readonly problem: HostProblem | null
  /** Null: none was ever brought, or nobody could be asked. */
  readonly watch: WatchStatus | null
}

/** How the watch stands. */
export interface WatchStatus {
  readonly state: 'runs' | 'stopped'
  /** `fanotify` or `auditd`; null where it does not run. */
  readonly via: string | null
  /** ISO, by the host's clock: when it started. */
  readonly since: string | null
  /** Number of its last event. */
  readonly seq: number | null
}

/** @param brought the ledger says that one is there */
export const watchStatus = (facts: WatchFacts | null, brought: boolean): WatchStatus | null => {
  const running = facts?.running ?? null
  if (running !== null) return { state: 'runs', via: running.via, since: isoTime(running.since), seq: running.seq }
  if (facts === null || !isWatchStopped(facts, brought)) return null
  return { state: 'stopped', via: null, since: null, seq: facts.last?.seq ?? null }
}

export interface ContainerStatus {
  readonly container: string
  /** Number of the generation it was proved to run. */
  readonly runs: number | null
  readonly proof: Proof
  readonly state: ContainerProof['state']
  readonly note: string | null
}

export const hostStatus = (
  plan: HostPlan,
  { rung, containers, watch }: Pick<HostStatus, 'containers' | 'watch'> & { readonly rung: string },
): HostStatus => {
  const { host, from, to, reason, problem } = plan
  const known = problem === null ? null : toldProblem(problem)
  const next = plan.action === 'deliver' ? to : null
  const waits = plan.containers.find((one) => one.action !== 'keep')
  return {
    host,
    rung,
    state: stateOf(plan),
    generation: from,
    next,
    reason: reason ?? (waits === undefined ? null : `${waits.container.name}: ${waits.why}`),
    containers,
    problem: known,
    watch,
  }
}

/** A container that is not to be started, and takes its generation when it next is, is as it should be; a watch that was
 *  brought and does not run is not. */
export const hostInStep = ({ state, containers, watch }: Pick<HostStatus, 'state' | 'containers' | 'watch'>): boolean =>
  state === 'in step' &&
  watch?.state !== 'stopped' &&
  containers.every((one) => one.state === 'ready' || one.state === 'waiting')

const stateOf = ({ action, problem }: HostPlan): HostStatus['state'] => {
  if (problem !== null) return problem.isNew === true ? 'not set up' : 'problem'
  return action === 'keep' ? 'in step' : 'behind'
}
