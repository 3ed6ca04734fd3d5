import { canonical } from '../core/canonical.ts'
import { containerSpec } from '../core/container-command.ts'
import type { HostPlan, PlanInput } from '../core/delivery-plan.ts'
import { planHost } from '../core/delivery-plan.ts'
import type { DesiredScope } from '../core/desired.ts'
import { scopeContent } from '../core/desired.ts'
import { fail } from '../core/errors.ts'
import { needsExecutable } from '../core/executable-plan.ts'
import type { HostFacts } from '../core/host-facts.ts'
import type { Delivery, Intent, Ledger, LedgerGeneration } from '../core/ledger.ts'
import { withIntent } from '../core/ledger.ts'
import type { Container } from '../core/manifest.ts'
import { isoTime } from '../core/metadata.ts'
import type { OwnExecutable, Ports } from '../core/ports.ts'
import { sha256 } from '../crypto/derive.ts'
import type { FleetProject } from './fleet-project.ts'
import type { FleetTruth } from './fleet-truth.ts'
import { namedRun, refuseHeld, takeOver } from './lease.ts'
import { sealLedger } from './ledger-store.ts'

export interface PlanOptions {
  readonly mode: 'setup' | 'deploy'
  readonly rollBack: readonly string[]
  readonly replaceFiles: boolean
  readonly acceptRolledBack: boolean
  readonly expect: string | null
  /** Run that a person knows to be dead (see takeOver); null: none. */
  readonly takeOver: string | null
}

/** What one delivery does on the whole fleet. */
export interface FleetPlan {
  /** Eight hex digits; the same facts give the same id. */
  readonly id: string
  readonly revision: number
  /** Targets that answered. */
  readonly hosts: ReadonlyMap<string, HostPlan>
  /** Every host's enrolled id; a new random one where it has none yet. */
  readonly ids: ReadonlyMap<string, string>
  /** The generation to come, where one comes. */
  readonly generations: ReadonlyMap<string, LedgerGeneration>
  /** The ledger as the hosts keep it before anything is switched, open and sealed; null when nothing changes. */
  readonly intent: { readonly ledger: Ledger; readonly sealed: Uint8Array } | null
  readonly notes: readonly string[]
  /** By host: the run whose lease may be taken over there. */
  readonly over: ReadonlyMap<string, string>
}

/** Plans every target that has answered. @throws CONFLICT when this clone is behind the fleet, another run holds a host,
 *  or the plan is not the expected one; TAMPERED when the fleet's ledger was put back */
export const planDelivery = async (
  ports: Pick<Ports, 'clock' | 'random' | 'machine'>,
  project: FleetProject,
  truth: FleetTruth,
  options: PlanOptions,
  who: { readonly run: string; readonly holder: string },
  own: () => Promise<OwnExecutable | null>,
): Promise<FleetPlan> => {
  const { ledger, isRolledBack, unreadable, upToDate } = await truth.ledger()
  if (isRolledBack && !options.acceptRolledBack) {
    throw fail('TAMPERED', 'the ledger on the hosts is older than the one seen from here: somebody put it back', {
      hint: 'find out who; to go on with the newer one: --accept-rolled-back',
    })
  }
  const over = freeLeases(ports, project, truth, ledger, options)
  const isNeeded = truth.targets().some((host) => needsExecutable(truth.desired(host)))
  const executable = isNeeded ? ((await own())?.digest ?? null) : null
  const hosts = planHosts(project, truth, ledger, { ...options, executable })
  refuseStaleClone(hosts)
  const id = sha256(canonical([...hosts.values()].map(planIdentity))).slice(0, 8)
  if (options.expect !== null && options.expect !== id) {
    throw fail('CONFLICT', `the plan is now ${id}, not ${options.expect}`, { hint: 'look at it again with --check' })
  }
  const ids = new Map([...hosts.keys()].map((host) => [host, idOf(truth, host, ports)]))
  const working = [...hosts.values()].filter((one) => ['deliver', 'restart', 'tidy'].includes(one.action))
  const behind = ledger.revision === 0 ? [] : keepersBehind(truth, upToDate)
  const isIdle = working.length === 0 && behind.length === 0
  const revision = isIdle ? ledger.revision : nextRevision(truth, ledger)
  const at = isoTime(ports.clock.now())
  const generations = new Map(
    working
      .filter((one) => one.action === 'deliver')
      .map((one) => [one.host, stagedBefore(one, ledger) ?? generationOf(one, truth, revision, at, ports)]),
  )
  const notes = [
    ...unreadable.map((host) => `${host}: its copy of the ledger does not open; it is written anew`),
    ...(isIdle ? [] : [...over.keys()]).map((host) => `${host}: taken over from ${truth.facts(host)?.lease?.holder}`),
  ]
  const plan = { id, revision, hosts, ids, generations, notes, over }
  if (isIdle) return { ...plan, intent: null }
  const delivery: Delivery = {
    revision,
    run: who.run,
    at,
    by: who.holder,
    state: 'open',
    hosts: working.map((one) => one.host),
  }
  const intents = working.map((one): Intent => ({
    host: one.host,
    id: ids.get(one.host) ?? '',
    generation: generations.get(one.host) ?? (one.action === 'tidy' ? unknownGeneration(truth, ledger, one, at) : null),
  }))
  const intended = withIntent(ledger, delivery, intents)
  return { ...plan, intent: { ledger: intended, sealed: await sealLedger(project, intended, ports.random) } }
}

/** By host, the run that is known to be over although it still holds it. @throws CONFLICT where one may be at work */
const freeLeases = (
  ports: Pick<Ports, 'clock' | 'machine'>,
  project: FleetProject,
  truth: FleetTruth,
  ledger: Ledger,
  options: PlanOptions,
): Map<string, string> => {
  const named = namedRun(options.takeOver)
  const found = new Map<string, string>()
  for (const host of new Set([...truth.targets(), ...truth.keepers()])) {
    const facts = truth.facts(host)
    if (facts === null || !isOurs(project, facts)) continue
    const over = takeOver(facts, ports, { ledger, named })
    refuseHeld(host, facts, over, ports, options.mode)
    if (over !== null) found.set(host, over)
  }
  return found
}

const isOurs = (project: FleetProject, { identity }: HostFacts): boolean =>
  identity?.project === project.manifest.project && identity.environment === project.environment

/** Hosts that should keep the newest ledger and do not: new ones, and those where somebody put an older one back. */
const keepersBehind = (truth: FleetTruth, upToDate: readonly string[]): readonly string[] =>
  truth.keepers().filter((host) => (truth.facts(host)?.identity ?? null) !== null && !upToDate.includes(host))

/** Plans of the targets that have answered, by host. */
export const planHosts = (
  project: FleetProject,
  truth: FleetTruth,
  ledger: Ledger,
  options: Omit<PlanOptions, 'expect' | 'takeOver'> & Pick<PlanInput, 'executable' | 'isLook'>,
): Map<string, HostPlan> => {
  const plans = new Map<string, HostPlan>()
  for (const host of truth.targets()) {
    const facts = truth.facts(host)
    if (facts === null) continue
    const plan = planHost({
      ...options,
      desired: truth.desired(host),
      facts,
      ledger,
      project: project.manifest.project,
      environment: project.environment,
      content: contentDigest,
      spec: specDigest,
    })
    plans.set(host, plan)
  }
  return plans
}

/** Digest of what a scope holds; fingerprints are keyed, so it may stand in a container's label. */
export const contentDigest = (scope: DesiredScope): string => sha256(canonical(scopeContent(scope))).slice(0, 16)

/** Digest of how a container is run. */
export const specDigest = (container: Container): string => sha256(canonical(containerSpec(container))).slice(0, 16)

const planIdentity = (plan: HostPlan): { readonly [key: string]: string } => ({
  host: plan.host,
  action: plan.action,
  from: String(plan.from),
  to: String(plan.to),
  changes: plan.changes.map((one) => `${one.secret}:${one.from}:${one.to}`).join(' '),
  containers: plan.containers.map((one) => `${one.name}:${one.action}`).join(' '),
  installs: String(plan.installs),
  problem: plan.problem?.code ?? '',
})

/** A clone that would take the fleet back delivers nothing anywhere. */
const refuseStaleClone = (hosts: ReadonlyMap<string, HostPlan>): void => {
  const stale = [...hosts.values()].find((one) => one.problem?.code === 'CONFLICT' && one.problem.isStale)
  if (stale?.problem) throw fail('CONFLICT', stale.problem.message, { at: stale.host, hint: stale.problem.hint })
}

const idOf = (truth: FleetTruth, host: string, { random }: Pick<Ports, 'random'>): string =>
  truth.facts(host)?.identity?.id ?? Buffer.from(random.bytes(16)).toString('hex')

const nextRevision = (truth: FleetTruth, ledger: Ledger): number => {
  // a host that says it has seen far more deliveries than the ledger is refused by itself, and leads nobody astray
  const believable = ledger.revision + 1000
  const seen = truth.targets().map((host) => truth.facts(host)?.lease?.fence ?? 0)
  return Math.max(ledger.revision, ...seen.filter((fence) => fence <= believable)) + 1
}

const stagedBefore = (plan: HostPlan, ledger: Ledger): LedgerGeneration | undefined =>
  plan.isStaged ? ledger.hosts[plan.host]?.generations.find((one) => one.number === plan.to) : undefined

/** The generation in force where the ledger does not know it: its host was switched before the ledger was written. */
const unknownGeneration = (
  truth: FleetTruth,
  ledger: Ledger,
  { host }: HostPlan,
  at: string,
): LedgerGeneration | null => {
  const manifest = truth.facts(host)?.scopes['host']?.manifest ?? null
  if (manifest === null) return null
  const { generation, revision, secrets } = manifest
  if (ledger.hosts[host]?.generations.some((one) => one.id === generation.id)) return null
  const versions = Object.entries(secrets).map(([name, { version }]): [string, number] => [name, version])
  return { ...generation, revision, at, state: 'used', secrets: Object.fromEntries(versions) }
}

const generationOf = (
  plan: HostPlan,
  truth: FleetTruth,
  revision: number,
  at: string,
  { random }: Pick<Ports, 'random'>,
): LedgerGeneration => ({
  number: plan.to ?? 1,
  id: Buffer.from(random.bytes(16)).toString('hex'),
  revision,
  at,
  state: 'staged',
  secrets: Object.fromEntries(
    (truth.desired(plan.host).scopes[0]?.secrets ?? []).map((one) => [one.name, one.version]),
  ),
})
