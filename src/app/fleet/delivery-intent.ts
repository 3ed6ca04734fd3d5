import { randomId } from '../../crypto/derive.ts'
import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import type { Intent } from '../../core/fleet/ledger-changes.ts'
import type { Ledger, LedgerGeneration } from '../../core/fleet/ledger.ts'
import type { Random } from '../../core/ports.ts'
import type { FleetTruth } from './fleet-truth.ts'

interface IntentInput {
  readonly truth: Pick<FleetTruth, 'facts' | 'desired'>
  readonly ledger: Ledger
  readonly random: Random
  /** Plans of the hosts where something is done. */
  readonly working: readonly HostPlan[]
  readonly revision: number
  /** Digest of our executable; null where none is needed or there is none. */
  readonly executable: string | null
  /** ISO, UTC. */
  readonly at: string
  /** Digest of our watch. */
  readonly agent: string
}

/** What is about to be done, as the ledger says it. */
export interface IntendedHosts {
  /** The generation to come, where one comes. */
  readonly generations: ReadonlyMap<string, LedgerGeneration>
  readonly intents: readonly Intent[]
}

export const intend = (input: IntentInput, ids: ReadonlyMap<string, string>): IntendedHosts => {
  const delivered = input.working.filter((one) => one.action === 'deliver')
  const generations = new Map(delivered.map((one) => [one.host, stagedBefore(input, one) ?? newGeneration(input, one)]))
  const intents = input.working.map((one): Intent => {
    const generation = generations.get(one.host) ?? (one.action === 'tidy' ? unknownGeneration(input, one) : null)
    const isOurs = one.installs || input.truth.facts(one.host)?.executable === input.executable
    const executable = isOurs ? input.executable : null
    const { directory } = input.truth.desired(one.host)
    const watch = one.watch === 'install' ? { watch: input.agent } : {}
    return { host: one.host, id: ids.get(one.host) ?? '', directory, generation, executable, ...watch }
  })
  return { generations, intents }
}

/** The number of the delivery to come: above all that hosts have seen. */
export const nextRevision = (truth: FleetTruth, ledger: Ledger): number => {
  const seen = truth.targets().map((host) => truth.facts(host)?.lease?.fence ?? 0)
  // a host that says it has seen far more deliveries than the ledger, or than half of the hosts where there is none, is
  // refused by itself, and leads nobody astray
  const known = ledger.revision > 0 ? ledger.revision : (seen.toSorted((a, b) => a - b)[(seen.length - 1) >> 1] ?? 0)
  return Math.max(ledger.revision, ...seen.filter((fence) => fence <= known + 1000)) + 1
}

const stagedBefore = ({ ledger }: IntentInput, plan: HostPlan): LedgerGeneration | undefined =>
  plan.isStaged ? ledger.hosts[plan.host]?.generations.find((one) => one.number === plan.to) : undefined

const newGeneration = ({ truth, revision, at, random }: IntentInput, plan: HostPlan): LedgerGeneration => ({
  number: plan.to ?? 1,
  id: randomId(random),
  revision,
  at,
  state: 'staged',
  secrets: Object.fromEntries(
    (truth.desired(plan.host).scopes[0]?.secrets ?? []).map((one) => [one.name, one.version]),
  ),
})

/** The generation in force where the ledger does not know it: its host was switched before the ledger was written. */
const unknownGeneration = ({ truth, ledger, at }: IntentInput, { host }: HostPlan): LedgerGeneration | null => {
  const manifest = truth.facts(host)?.scopes['host']?.manifest ?? null
  if (manifest === null) return null
  const { generation, revision, secrets } = manifest
  if (ledger.hosts[host]?.generations.some((one) => one.id === generation.id)) return null
  const versions = Object.entries(secrets).map(([name, { version }]): [string, number] => [name, version])
  return { ...generation, revision, at, state: 'used', secrets: Object.fromEntries(versions) }
}
