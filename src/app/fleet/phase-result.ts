import { changedStates } from '../../core/fleet/delivery-report.ts'
import type { Canonical } from '../../core/canonical.ts'
import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import type { HostOutcome, HostProblem } from '../../core/fleet/delivery-report.ts'
import type { Phase, PhaseResult } from '../../core/fleet/fleet.ts'

/** How far one host has come. */
export interface HostProgress {
  /** Null before anything is planned for it. */
  readonly plan: HostPlan | null
  /** Null until it is done with. */
  readonly outcome: HostOutcome | null
  /** Its new generation lies there, and this run holds the host. */
  readonly isStaged: boolean
  /** Why its copy of the ledger is not written. */
  readonly unrecorded: HostProblem | null
}

/** What Ansible is told after one phase: names, versions and codes. Each phase owns up to its own changes only. */
export const phaseResult = (phase: Phase, progress: HostProgress): PhaseResult => {
  // where an earlier phase went wrong, its own task has failed
  const problem = phase === 'record' ? progress.unrecorded : (progress.outcome?.problem ?? null)
  const result = {
    changed: isChanged(phase, progress),
    ...(phase === 'all' || phase === 'stage' ? { diff: diffOf(progress) } : {}),
    facts: factsOf(progress),
  }
  if (problem === null) return result
  const { code, message, hint } = problem
  return { ...result, failed: { code, message: [message, hint].filter(Boolean).join('; ') } }
}

const isChanged = (phase: Phase, { plan, outcome, isStaged }: HostProgress): boolean => {
  const isPlanned = outcome?.state === 'planned'
  if (phase === 'all' || phase === 'switch') {
    return isPlanned || (outcome !== null && changedStates.has(outcome.state))
  }
  const makesGeneration = plan?.action === 'deliver' && !plan.isStaged
  return phase === 'stage' && makesGeneration && (isPlanned || isStaged)
}

const diffOf = ({ plan }: HostProgress): { readonly before: string; readonly after: string } => {
  const side = (which: 'from' | 'to'): string =>
    (plan?.changes ?? [])
      .flatMap((one) => (one[which] === null ? [] : `${one.secret} version ${one[which]}\n`))
      .join('')
  return { before: side('from'), after: side('to') }
}

const factsOf = ({ plan, outcome }: HostProgress): Canonical => ({
  ...(outcome === null ? {} : { state: outcome.state, containers: outcome.containers.map(containerFacts) }),
  ...(plan === null || plan.to === null ? {} : { generation: plan.to }),
  ...(plan === null ? {} : { secrets: plan.changes.map((one) => one.secret) }),
})

const containerFacts = ({ container, action, proof }: HostOutcome['containers'][number]): Canonical => ({
  container,
  action,
  ...(proof === null ? {} : { proof: proof.proof, state: proof.state }),
})
