import type { HostPlan } from './delivery-plan.ts'
import type { HostProblem } from './delivery-report.ts'
import type { Proof } from '../manifest/manifest.ts'
import type { ContainerProof } from '../containers/proof.ts'

/** How the fleet stands against the project. */
export interface StatusReport {
  readonly environment: string
  readonly revision: number
  readonly hosts: readonly HostStatus[]
  /** Names of secrets past their `every`. */
  readonly overdue: readonly { readonly name: string; readonly age: number | null; readonly every: number | null }[]
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
}

export interface ContainerStatus {
  readonly container: string
  /** Number of the generation it was proved to run. */
  readonly runs: number | null
  readonly proof: Proof
  readonly state: ContainerProof['state']
  readonly note: string | null
}

export const hostStatus = (plan: HostPlan, rung: string, containers: readonly ContainerStatus[]): HostStatus => {
  const { host, from, to, reason, problem } = plan
  const known = problem === null ? null : { code: problem.code, message: problem.message, hint: problem.hint }
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
  }
}

/** A container that is not to be started, and takes its generation when it next is, is as it should be. */
export const hostInStep = ({ state, containers }: Pick<HostStatus, 'state' | 'containers'>): boolean =>
  state === 'in step' && containers.every((one) => one.state === 'ready' || one.state === 'waiting')

const stateOf = ({ action, problem }: HostPlan): HostStatus['state'] => {
  if (problem !== null) return problem.isNew === true ? 'not set up' : 'problem'
  return action === 'keep' ? 'in step' : 'behind'
}
