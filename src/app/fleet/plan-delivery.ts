import { isoTime } from '../../core/duration.ts'
import { rolledBackWords } from '../../core/fleet/ledger-reach.ts'
import { canonical } from '../../core/canonical.ts'
import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import { fail } from '../../core/errors.ts'
import { needsExecutable } from '../../core/fleet/executable-plan.ts'
import type { LedgerDelivery, Ledger, LedgerGeneration } from '../../core/fleet/ledger.ts'
import { withIntent } from '../../core/fleet/ledger-changes.ts'
import { wasSetUp } from '../../core/fleet/ledger.ts'
import { forgetHosts } from '../../core/fleet/ledger-left.ts'
import { endedFix, endedOnTheWay } from '../../core/rotate/ended.ts'
import { rotationNotes } from '../../core/rotate/rotation-notes.ts'
import { few, quoteName } from '../../core/names.ts'
import type { OwnExecutable, Ports } from '../../core/ports.ts'
import { didYouMean } from '../../core/suggest.ts'
import { randomId, sha256 } from '../../crypto/derive.ts'
import { intend, nextRevision } from './delivery-intent.ts'
import type { FleetProject } from './fleet-project.ts'
import type { FleetTruth } from './fleet-truth.ts'
import { freeLeases } from './lease.ts'
import { sealLedger } from './ledger-store.ts'
import type { FoundLedger } from './ledger-store.ts'
import { leftNotes } from './left-hosts.ts'
import { planHosts } from './plan-hosts.ts'
import type { Watcher, WatchWish } from '../watch/watcher.ts'
import { checkReach } from './unreached-ledger.ts'

export interface PlanOptions {
  readonly mode: 'setup' | 'deploy'
  /** Hosts that a person installed anew: `setup` may give them another id. */
  readonly again?: readonly string[]
  readonly rollBack: readonly string[]
  readonly replaceFiles: boolean
  readonly acceptRolledBack: boolean
  /** Nothing is changed. */
  readonly check?: boolean
  /** What a person types to do this again, after `lockstep`; absent: the mode. */
  readonly verb?: string
  /** Go on where the fleet's ledger is out of reach. */
  readonly withoutLedger: boolean
  /** Hosts that are given nothing any more and of which the ledger is to say that they hold nothing. */
  readonly forget: readonly string[]
  readonly expect: string | null
  /** Run that a person knows to be dead (see takeOver); null: none. */
  readonly takeOver: string | null
  /** It is what a rotation does, which replaces itself what it has ended at its origin. */
  readonly isOfRotation?: boolean
  /** See PlanInput. */
  readonly renew?: number | null
  /** Bring the watch to the hosts, or take it away; absent: it stays as it is. */
  readonly watch?: WatchWish | null
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
  /** The ledger as the hosts keep it before anything is switched, open and sealed (the same bytes each time; not before
   *  they are asked for: most plans are only looked at); null when nothing changes. */
  readonly intent: { readonly ledger: Ledger; sealed(): Promise<Uint8Array> } | null
  /** No ledger was there before. */
  readonly isFirst: boolean
  readonly notes: readonly string[]
  /** By host: the run whose lease may be taken over there. */
  readonly over: ReadonlyMap<string, string>
}

/** Plans every target that has answered. @throws CONFLICT when this clone is behind the fleet, the ledger is out of
 *  reach, another run holds a host that keeps it, or the plan is not the expected one; TAMPERED when the ledger was put
 *  back */
export const planDelivery = async (
  ports: Pick<Ports, 'clock' | 'random' | 'machine'>,
  project: FleetProject,
  truth: FleetTruth,
  options: PlanOptions,
  who: { readonly run: string; readonly holder: string },
  own: () => Promise<OwnExecutable | null>,
  watcher: Watcher | null,
): Promise<FleetPlan> => {
  const found = await truth.ledger()
  const { isKnown } = found
  const ledger = forgetHosts(found.ledger, options.forget, truth.given())
  refuseRolledBack(found, options)
  refuseOthersAgain(truth, options)
  const reach = checkReach(project, truth, found, options)
  const { over, held } = freeLeases(ports, project, truth, { verb: options.mode, ...options, ledger })
  if (options.isOfRotation !== true) refuseEnded(truth, ledger)
  const executable = needsOurs(truth) ? ((await own())?.digest ?? null) : null
  const refused = new Map([...reach.refused, ...held])
  const watch = (await watcher?.planner()) ?? null
  const hosts = planHosts(project, truth, { ...options, executable, ledger, refused, watch })
  refuseStaleClone(hosts)
  const id = idOf(hosts, options)
  const ids = new Map([...hosts.keys()].map((host) => [host, machineId(truth, host, ports)]))
  const working = [...hosts.values()].filter((one) => ['deliver', 'restart', 'tidy'].includes(one.action))
  const behind = isKnown ? keepersBehind(truth, found.upToDate) : []
  const isIdle = working.length === 0 && behind.length === 0 && options.forget.length === 0
  const revision = isIdle ? ledger.revision : nextRevision(truth, ledger)
  const at = isoTime(ports.clock.now())
  const { random } = ports
  const agent = (await watcher?.digest()) ?? ''
  const { generations, intents } = intend({ truth, ledger, random, working, revision, executable, at, agent }, ids)
  const notes = [
    ...reach.notes,
    ...options.forget.map((host) => `${host}: forgotten: the ledger no longer says that it holds anything`),
    ...newIds(truth, ledger, options),
    ...leftNotes(project, truth, ledger),
    ...(ledger.rotation?.run === who.run ? [] : rotationNotes(ledger)),
    ...found.unreadable.map((host) => `${host}: its copy of the ledger does not open; it is written anew`),
    ...(isIdle ? [] : [...over.keys()]).map((host) => takenOver(host, truth, options)),
  ]
  const plan = { id, revision, hosts, ids, generations, notes, over, isFirst: !isKnown }
  if (isIdle) return { ...plan, intent: null }
  const delivery: LedgerDelivery = {
    revision,
    run: who.run,
    at,
    by: who.holder,
    state: 'open',
    hosts: working.map((one) => one.host),
    ...(project.log === null ? {} : { log: project.log }),
  }
  const intended = withIntent(ledger, delivery, intents)
  let sealed: Promise<Uint8Array> | null = null
  return { ...plan, intent: { ledger: intended, sealed: () => (sealed ??= sealLedger(project, intended, random)) } }
}

const takenOver = (host: string, truth: FleetTruth, { check = false }: PlanOptions): string =>
  `${host}: ${check ? 'would be taken over' : 'taken over'} from ${truth.facts(host)?.lease?.holder ?? 'another run'}`

const refuseRolledBack = ({ isRolledBack }: FoundLedger, options: PlanOptions): void => {
  if (!isRolledBack || options.acceptRolledBack) return
  throw fail('TAMPERED', rolledBackWords, {
    hint: 'find out who; to go on with the newer one: --accept-rolled-back',
  })
}

/** An emergency has ended the value that this clone has, and the new one is on its way: whatever starts with the former
 *  one finds its way barred. */
const refuseEnded = (truth: FleetTruth, ledger: Ledger): void => {
  for (const host of truth.targets().filter((one) => truth.facts(one) !== null)) {
    const names = endedOnTheWay(ledger, truth.desired(host))
    if (names.length === 0) continue
    const message = `the value of ${few(names)} that it would be given is ended at its origin, and a rotation has the new one`
    throw fail('CONFLICT', message, { at: host, hint: endedFix })
  }
}

/** @throws USAGE for a host that this run is not about: a name with a slip in it would be found out too late */
const refuseOthersAgain = (truth: FleetTruth, { again = [] }: PlanOptions): void => {
  const wrong = again.find((host) => !truth.targets().includes(host))
  if (wrong === undefined) return
  throw fail('USAGE', `this host is not among those to set up${didYouMean(wrong, truth.targets())}`, {
    at: wrong,
    hint: `those are: ${truth.targets().join(', ')}`,
  })
}

/** What `--again` allowed. */
const newIds = (truth: FleetTruth, ledger: Ledger, { again = [] }: PlanOptions): readonly string[] =>
  again
    .filter((host) => truth.facts(host)?.identity === null && wasSetUp(ledger, host))
    .map((host) => {
      const { directory } = ledger.hosts[host] ?? {}
      const isMoved = directory !== undefined && directory !== truth.desired(host).directory
      const stays = isMoved ? `; what lies in ${quoteName(directory)} there stays` : ''
      return `${host}: set up again: the machine that answers is given an id of its own, the former one's is void${stays}`
    })

/** Does something on a host that answered start through our executable? */
const needsOurs = (truth: FleetTruth): boolean =>
  truth.targets().some((host) => truth.facts(host) !== null && needsExecutable(truth.desired(host)))

/** Hosts that should keep the newest ledger and do not: new ones, and those where somebody put an older one back. */
const keepersBehind = (truth: FleetTruth, upToDate: readonly string[]): readonly string[] =>
  truth.keepers().filter((host) => (truth.facts(host)?.identity ?? null) !== null && !upToDate.includes(host))

/** @throws CONFLICT when it is not the one expected */
const idOf = (hosts: ReadonlyMap<string, HostPlan>, { expect, forget }: PlanOptions): string => {
  const forgotten = forget.map((host) => ({ host, action: 'forget' }))
  const id = sha256(canonical([...[...hosts.values()].map(planIdentity), ...forgotten])).slice(0, 8)
  if (expect === null || expect === id) return id
  throw fail('CONFLICT', `the plan is now ${id}, not ${expect}`, { hint: 'look at it again with --check' })
}

const planIdentity = (plan: HostPlan): { readonly [key: string]: string } => ({
  host: plan.host,
  action: plan.action,
  from: String(plan.from),
  to: String(plan.to),
  changes: plan.changes.map((one) => `${one.secret}:${one.from}:${one.to}`).join(' '),
  containers: plan.containers.map((one) => `${one.name}:${one.action}`).join(' '),
  installs: String(plan.installs),
  ...(plan.watch === undefined ? {} : { watch: plan.watch }),
  problem: plan.problem?.code ?? '',
})

/** A clone that would take the fleet back delivers nothing anywhere. */
const refuseStaleClone = (hosts: ReadonlyMap<string, HostPlan>): void => {
  const stale = [...hosts.values()].find((one) => one.problem?.code === 'CONFLICT' && one.problem.isStale)
  if (!stale?.problem) return
  const { message, hint } = stale.problem
  throw fail('CONFLICT', message, { at: stale.host, ...(hint === null ? {} : { hint }) })
}

const machineId = (truth: FleetTruth, host: string, { random }: Pick<Ports, 'random'>): string =>
  truth.facts(host)?.identity?.id ?? randomId(random)
