import { few } from '../../core/names.ts'
import type { DesiredHost } from '../../core/fleet/desired.ts'
import { desiredHost } from '../../core/fleet/desired.ts'
import { SecretsError, fail, hasCode } from '../../core/errors.ts'
import type { HostChannel, HostLoss } from '../../core/fleet/fleet.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import { unknownName } from '../../core/fleet/host-pattern.ts'
import type { Inventory } from '../../core/fleet/inventory.ts'
import type { HostPlacement, PlacementNote } from '../../core/fleet/placement.ts'
import { patternsOf, place } from '../../core/fleet/placement.ts'
import type { Ports } from '../../core/ports.ts'
import { alertSecretsOn } from '../../core/fleet/alert-secrets.ts'
import { valueless } from '../../core/fleet/valueless.ts'
import { fingerprint } from '../../crypto/fingerprint.ts'
import type { FleetProject } from './fleet-project.ts'
import { makeGate } from './gate.ts'
import { inspectHost } from './inspect-host.ts'
import type { InspectOptions } from './inspect-host.ts'
import type { FoundLedger } from './ledger-store.ts'
import { rememberHosts } from './known-hosts.ts'
import { readLedger } from './ledger-store.ts'

/** Worth saying, not wrong. */
type Remark = Pick<PlacementNote, 'at' | 'message'>

/** What is really on the hosts, beside what should be: read first by every fleet verb. */
export interface FleetTruth {
  /** Patterns that Ansible has to resolve. */
  readonly patterns: readonly string[]
  /** Decides who is asked. @throws CONFIG; USAGE when no host matches */
  begin(inventory: Inventory): readonly string[]
  /** Hosts the verb is about, in the inventory's order. */
  targets(): readonly string[]
  /** Up to three hosts that keep the ledger. */
  keepers(): readonly string[]
  notes(): readonly Remark[]
  /** Adds to the notes something about one host. */
  remark(host: string, message: string): void
  /** All hosts that are given something, targets or not. */
  given(): readonly string[]
  /** @throws INTERNAL for a host whose settings are wrong: it is lost from the beginning */
  desired(host: string): DesiredHost
  /** Null where its settings are wrong. */
  rung(host: string): string | null
  inspect(channel: HostChannel, options?: Omit<InspectOptions, 'isKeeper'>): Promise<void>
  lose(host: string, loss: HostLoss): void
  facts(host: string): HostFacts | null
  loss(host: string): SecretsError | null
  /** Waits until each of these hosts has answered or is lost. */
  settled(hosts: readonly string[]): Promise<void>
  /** The ledger out of the copies that have come in by the first call. */
  ledger(): Promise<FoundLedger>
}

export interface TruthOptions {
  /** The run that asks may hold hosts already: to itself it does not stand in the way. */
  readonly run?: string | null
  /** Of the targets only these. */
  readonly only?: readonly string[] | null
  /** Hosts whose word no longer counts: they keep no ledger for this run, and hold up nobody. */
  readonly abandoned?: readonly string[]
  /** What is learnt is not written down here. */
  readonly isLook?: boolean
}

const keeperCount = 3

export const readTruth = (
  ports: Pick<Ports, 'files' | 'random' | 'clock'>,
  project: FleetProject,
  hostsPattern: string | null,
  { run = null, only = null, abandoned = [], isLook = false }: TruthOptions = {},
): FleetTruth => {
  const facts = new Map<string, HostFacts>()
  const losses = new Map<string, SecretsError>()
  const gate = makeGate()
  const desired = new Map<string, DesiredHost>()
  let targets: readonly string[] = []
  /** For their copies of the ledger, which nobody can forge. */
  let asked: readonly string[] = []
  let keepers: readonly string[] = []
  let given: readonly string[] = []
  const notes: Remark[] = []
  let ledger: Promise<FoundLedger> | null = null

  /** The first reason stands. */
  const lose = (host: string, error: SecretsError): void => {
    if (!losses.has(host)) losses.set(host, error)
    gate.pass(host)
  }

  const desiredOf = (host: string): DesiredHost => {
    const found = desired.get(host)
    if (found === undefined) throw fail('INTERNAL', 'a host answered that was not asked', { at: host })
    return found
  }

  return {
    patterns: [...new Set([...patternsOf(project.manifest), ...(hostsPattern === null ? [] : [hostsPattern])])],
    begin: (inventory) => {
      const placement = place(project.manifest, inventory, project.groups)
      for (const one of placement.hosts) {
        try {
          desired.set(one.host, desireOf(project, one))
        } catch (error) {
          if (!hasCode(error, 'CONFIG')) throw error
          lose(one.host, error)
        }
      }
      const used = placement.hosts.filter((one) => one.groups.length > 0 || one.containers.length > 0)
      const names = used.map((one) => one.host)
      given = names
      if (names.length === 0) throw nothingForAnybody()
      asked = names.toSorted().slice(0, keeperCount)
      // nobody else takes their place: of what was written on most of the first three, some of these always know
      keepers = asked.filter((host) => !abandoned.includes(host))
      const meant = hostsPattern === null ? names : chosen(inventory, hostsPattern, names)
      targets = only === null ? meant : meant.filter((host) => only.includes(host))
      const about = used.filter((one) => targets.includes(one.host))
      notes.push(
        ...placement.notes,
        ...valueless(project.manifest, about, project.secrets),
        ...alertSecretsOn(project.manifest, about, project.secrets),
      )
      return [...new Set([...targets, ...asked])]
    },
    targets: () => targets,
    keepers: () => keepers,
    notes: () => notes,
    remark: (at, message) => void notes.push({ at, message }),
    given: () => given,
    desired: desiredOf,
    rung: (host) => desired.get(host)?.rung ?? null,
    inspect: async (channel, options = {}) => {
      if (losses.has(channel.name)) return
      const want = desiredOf(channel.name)
      try {
        const isKeeper = asked.includes(channel.name)
        const found = await inspectHost(ports, channel, project, want, { ...options, isKeeper })
        facts.set(channel.name, withoutLeaseOf(run, found))
      } catch (error) {
        const ours = error instanceof SecretsError ? error : fail('INTERNAL', 'looking at it broke', { cause: error })
        lose(channel.name, ours)
        if (ours !== error) throw error
      }
      gate.pass(channel.name)
    },
    lose: (host, loss) => {
      const details = loss.hint === null ? { at: host } : { at: host, hint: loss.hint }
      lose(host, fail(loss.code, loss.reason, details))
    },
    facts: (host) => facts.get(host) ?? null,
    loss: (host) => losses.get(host) ?? null,
    settled: gate.whenAll,
    ledger: () => {
      const copies = [...facts].flatMap(([host, one]): [string, string][] =>
        one.ledger === null || isOthers(project, one) ? [] : [[host, one.ledger]],
      )
      const seen = Object.fromEntries([...facts].map(([host, { python }]) => [host, { python }]))
      ledger ??= isLook
        ? readLedger(ports, project, new Map(copies), { remember: false })
        : rememberHosts(ports, project, seen).then(() => readLedger(ports, project, new Map(copies)))
      return ledger
    },
  }
}

/** What the same hosts said, beside what another state of the project would have them be. */
export const truthBeside = (found: FleetTruth, other: FleetTruth, inventory: Inventory): FleetTruth => {
  other.begin(inventory)
  return {
    ...other,
    facts: found.facts,
    loss: (host) => other.loss(host) ?? found.loss(host),
    settled: found.settled,
    ledger: found.ledger,
  }
}

const withoutLeaseOf = (run: string | null, facts: HostFacts): HostFacts =>
  run === null || facts.lease?.run !== run
    ? facts
    : { ...facts, lease: { ...facts.lease, run: null, holder: null, until: 0 } }

/** What people are told of a host while they wait. Who was not meant may keep the ledger. */
export const lookWords = (truth: Pick<FleetTruth, 'loss' | 'targets'>, host: string): string => {
  const loss = truth.loss(host)
  if (loss === null) return truth.targets().includes(host) ? 'is looked at' : 'is asked for the ledger it keeps'
  return loss.code === 'UNAVAILABLE' ? 'does not answer' : 'is refused'
}

/** The directory there is another project's, and so is its ledger. */
const isOthers = (project: FleetProject, facts: HostFacts): boolean =>
  facts.identity !== null && !isOurs(project, facts)

/** The directory there is this project's, in this environment. */
export const isOurs = (project: FleetProject, { identity }: Pick<HostFacts, 'identity'>): boolean =>
  identity?.project === project.manifest.project && identity.environment === project.environment

const chosen = (inventory: Inventory, pattern: string, used: readonly string[]): readonly string[] => {
  const named = inventory.patterns[pattern] ?? []
  const unknown = unknownName(pattern, inventory)
  if (unknown !== null || named.length === 0) {
    throw fail('USAGE', unknown ?? `no host matches ${pattern}`, {
      hint: `hosts: ${few(Object.keys(inventory.hosts))}`,
    })
  }
  const found = used.filter((host) => named.includes(host))
  if (found.length > 0) return found
  throw fail('USAGE', `nothing is given to ${few(named)}: no container of lockstep.yaml runs there`, {
    hint: `hosts that are given something: ${few(used)}`,
  })
}

/** "All 0 hosts in step" would be green for ever. */
const nothingForAnybody = (): SecretsError =>
  fail('CONFIG', 'no host is given anything: there are no secrets and no containers yet', {
    at: 'lockstep.yaml',
    hint: 'lockstep set NAME --group app',
  })

/** @throws CONFIG where what is said of this host cannot be */
const desireOf = (project: FleetProject, placement: HostPlacement): DesiredHost => {
  if (placement.refusal !== null) throw placement.refusal
  const key = project.keys.host(placement.host)
  const former = project.keys.former.map((keys) => keys.host(placement.host))
  return desiredHost(project.manifest, placement, project.secrets, ({ name, value }) => [
    fingerprint(key, name, value),
    ...former.map((one) => fingerprint(one, name, value)),
  ])
}
