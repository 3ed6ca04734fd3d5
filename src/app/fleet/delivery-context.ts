import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import type { HostOutcome } from '../../core/fleet/delivery-report.ts'
import { fail } from '../../core/errors.ts'
import type { Names } from '../../core/log/entry.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import type { Ports } from '../../core/ports.ts'
import { keptGenerations } from '../../core/fleet/unfinished.ts'
import type { DeliveryProgress } from './delivery-progress.ts'
import type { FleetProject } from './fleet-project.ts'
import type { ScopePasswords } from './scope-passwords.ts'
import type { FleetTruth, TruthOptions } from './fleet-truth.ts'
import type { HostTarget, RunIdentity } from './host-steps.ts'
import type { FleetPlan, PlanOptions } from './plan-delivery.ts'

export interface DeliverOptions extends PlanOptions, Pick<TruthOptions, 'only' | 'abandoned'> {
  /** The run of which this delivery is a part, and which goes on holding the hosts that keep the ledger; absent: it is a
   *  run of its own. */
  readonly partOf?: string
  /** Ansible pattern; null: all. */
  readonly hosts: string | null
  readonly check: boolean
  readonly onHost: (host: string, state: string) => void
  /** Told before anything is changed on a host: which of them get what. */
  readonly onBegin?: (names: Names) => Promise<void>
}

export type DeliverPorts = Pick<Ports, 'files' | 'clock' | 'random' | 'machine' | 'assets'>

/** What the steps of one delivery have in common. */
export interface DeliveryContext {
  readonly ports: DeliverPorts
  readonly project: FleetProject
  readonly options: DeliverOptions
  readonly truth: FleetTruth
  readonly who: RunIdentity
  readonly progress: DeliveryProgress
  readonly passwords: ScopePasswords
}

/** What every changing call to this host carries. */
export const targetOf = ({ project, truth, who }: DeliveryContext, fleet: FleetPlan, host: string): HostTarget => ({
  directory: truth.desired(host).directory,
  identity: {
    project: project.manifest.project,
    environment: project.environment,
    host,
    id: fleet.ids.get(host) ?? truth.facts(host)?.identity?.id ?? '',
  },
  run: who.run,
  revision: fleet.revision,
})

/** @throws INTERNAL where the host was never looked at */
export const factsOf = ({ truth }: Pick<DeliveryContext, 'truth'>, host: string): HostFacts => {
  const facts = truth.facts(host)
  if (facts === null) throw fail('INTERNAL', 'a host without facts was planned', { at: host })
  return facts
}

/** The generation that `current` names. */
export const inForce = (facts: HostFacts, one: HostPlan): { readonly number: number; readonly id: string } => {
  const found = facts.scopes['host']?.manifest?.generation
  if (found !== undefined) return { number: found.number, id: found.id }
  throw fail('TAMPERED', 'its generation in force has no manifest', {
    at: one.host,
    hint: 'lockstep deploy delivers a new one',
  })
}

/** Generations that stay on the host when all went well. */
export const keepOf = (one: HostPlan, facts: HostFacts): readonly number[] =>
  one.action === 'tidy'
    ? keptGenerations(facts, one.drops)
    : [one.to, one.from].flatMap((number) => (number === null || one.drops?.includes(number) === true ? [] : [number]))

export const doneState = ({ action }: HostPlan): HostOutcome['state'] =>
  action === 'deliver' ? 'delivered' : action === 'tidy' ? 'tidied' : 'restarted'

/** A deploy to all hosts that nobody said anything else about. */
export const everyday: DeliverOptions = {
  mode: 'deploy',
  hosts: null,
  check: false,
  expect: null,
  takeOver: null,
  rollBack: [],
  replaceFiles: false,
  acceptRolledBack: false,
  withoutLedger: false,
  forget: [],
  onHost: () => undefined,
}
