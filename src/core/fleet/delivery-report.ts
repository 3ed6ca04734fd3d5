import type { ContainerPlan, HostPlan, SecretChange } from './delivery-plan.ts'
import type { Code, SecretsError } from '../errors.ts'
import type { ContainerProof } from '../containers/proof.ts'

/** How a delivery went on one host. */
export interface HostOutcome {
  readonly host: string
  readonly state:
    | 'delivered'
    | 'restarted'
    | 'tidied'
    | 'kept'
    | 'planned'
    | 'failed'
    | 'held-back'
    | 'refused'
    | 'unreachable'
  readonly from: number | null
  readonly to: number | null
  /** Why there was something to do. */
  readonly reason: string | null
  readonly changes: readonly SecretChange[]
  readonly containers: readonly ContainerOutcome[]
  readonly problem: HostProblem | null
}

export interface HostProblem {
  readonly code: Code
  readonly message: string
  readonly hint: string | null
}

export interface ContainerOutcome {
  readonly container: string
  readonly action: ContainerPlan['action']
  readonly why: string
  readonly proof: ContainerProof | null
}

export interface DeliveryReport {
  /** Eight hex digits that name this plan: the same facts give the same id. */
  readonly plan: string
  readonly environment: string
  readonly revision: number
  readonly isCheck: boolean
  readonly hosts: readonly HostOutcome[]
  /** Hosts that keep the ledger, answered, and did not get the one of this delivery. */
  readonly unrecorded: readonly string[]
  readonly notes: readonly string[]
}

/** States of a host where something was done. */
export const changedStates: ReadonlySet<HostOutcome['state']> = new Set(['delivered', 'restarted', 'tidied'])

const bad = new Set<HostOutcome['state']>(['failed', 'held-back', 'refused', 'unreachable'])

/** Null when all went well; one host's own code when nothing else was wanted; PARTIAL otherwise. */
export const deliveryExit = ({ hosts, unrecorded }: Pick<DeliveryReport, 'hosts' | 'unrecorded'>): Code | null => {
  const failed = hosts.filter((one) => bad.has(one.state))
  if (failed.length === 0) return unrecorded.length === 0 ? null : 'PARTIAL'
  const codes = new Set(failed.map((one) => one.problem?.code ?? 'PARTIAL'))
  const [only] = codes
  return failed.length === hosts.length && codes.size === 1 && only !== undefined ? only : 'PARTIAL'
}

/** The outcome of a host before anything else is known than its plan. */
export const outcomeOf = (plan: HostPlan, state: HostOutcome['state']): HostOutcome => ({
  host: plan.host,
  state,
  from: plan.from,
  to: plan.to,
  reason: plan.reason,
  changes: plan.changes,
  containers: plan.containers.map(({ container, action, why }) => ({
    container: container.name,
    action,
    why,
    proof: null,
  })),
  problem: plan.problem === null ? null : toldProblem(plan.problem),
})

/** What is told of it, whatever else is known. */
export const toldProblem = ({ code, message, hint }: HostProblem): HostProblem => ({ code, message, hint })

/** A host that did not answer, or whose answer cannot be used. `verb`: what brings it up when it is back. */
export const lostOutcome = (host: string, error: SecretsError, verb: string): HostOutcome => ({
  host,
  state: error.code === 'UNAVAILABLE' ? 'unreachable' : 'refused',
  from: null,
  to: null,
  reason: null,
  changes: [],
  containers: [],
  problem: error.code === 'UNAVAILABLE' ? { ...problemOf(error), hint: backHint(host, error, verb) } : problemOf(error),
})

const backHint = (host: string, { hint }: SecretsError, verb: string): string => {
  const back = `when it is back: lockstep ${verb} --hosts ${host}`
  return hint === undefined ? back : `${hint}; ${back}`
}

export const problemOf = (error: SecretsError): HostProblem => ({
  code: error.code,
  message: error.message,
  hint: error.hint ?? null,
})
