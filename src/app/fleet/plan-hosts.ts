import { canonical } from '../../core/canonical.ts'
import { containerSpec } from '../../core/containers/container-command.ts'
import type { HostPlan, PlanInput, PlanProblem } from '../../core/fleet/delivery-plan.ts'
import { planHost, refusedPlan } from '../../core/fleet/delivery-plan.ts'
import { problemOf } from '../../core/fleet/delivery-report.ts'
import type { DesiredHost, DesiredScope } from '../../core/fleet/desired.ts'
import { scopeContent } from '../../core/fleet/desired.ts'
import { SecretsError, fail, kindOfError } from '../../core/errors.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import type { Container } from '../../core/manifest/manifest.ts'
import type { WatchChange } from '../../core/watch/watch-plan.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { FleetProject } from './fleet-project.ts'
import type { FleetTruth } from './fleet-truth.ts'

export interface HostsInput extends Pick<
  PlanInput,
  'mode' | 'again' | 'rollBack' | 'replaceFiles' | 'acceptRolledBack' | 'executable' | 'isLook' | 'renew' | 'atWork'
> {
  readonly ledger: Ledger
  /** By host: why nothing may be done there now. */
  readonly refused: ReadonlyMap<string, SecretsError>
  /** What is to be done about the watch on a host; absent: nothing. */
  readonly watch?: WatchPlanner | null
}

export type WatchPlanner = (desired: DesiredHost, facts: HostFacts, ledger: Ledger) => WatchChange | null

/** Plans of the targets that have answered, by host. What goes wrong over one of them refuses that one. */
export const planHosts = (
  project: FleetProject,
  truth: Pick<FleetTruth, 'targets' | 'facts' | 'desired'>,
  { refused, watch, ...input }: HostsInput,
): Map<string, HostPlan> => {
  const plans = new Map<string, HostPlan>()
  for (const host of truth.targets()) {
    const facts = truth.facts(host)
    if (facts === null) continue
    try {
      const refusal = refused.get(host)
      if (refusal !== undefined) throw refusal
      const { manifest, environment } = project
      const desired = truth.desired(host)
      const own = { desired, facts, project: manifest.project, environment, content: contentDigest, spec: specDigest }
      const change = watch?.(desired, facts, input.ledger) ?? null
      plans.set(host, planHost({ ...input, ...own, watch: change }))
    } catch (error) {
      plans.set(host, refusedPlan(host, facts, refusalOf(error)))
    }
  }
  return plans
}

/** Of an error that is not ours only the kind is told: its text could carry what was being worked on. */
const refusalOf = (error: unknown): PlanProblem =>
  problemOf(error instanceof SecretsError ? error : fail('INTERNAL', `planning it broke with ${kindOfError(error)}`))

/** Digest of what a scope holds; fingerprints are keyed, so it may stand in a container's label. */
export const contentDigest = (scope: DesiredScope): string => sha256(canonical(scopeContent(scope))).slice(0, 16)

/** Digest of how a container is run. */
export const specDigest = (container: Container): string => sha256(canonical(containerSpec(container))).slice(0, 16)
