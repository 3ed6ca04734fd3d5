import { containerPlans } from '../containers/container-plan.ts'
import type { ContainerPlan } from '../containers/container-plan.ts'
import type { Code } from '../errors.ts'
import type { HostFacts, ScopeManifest } from './host-facts.ts'
import type { DesiredHost, DesiredScope } from './desired.ts'
import { installsExecutable } from './executable-plan.ts'
import { hostProblem } from './host-problem.ts'
import type { AtWork } from '../rotate/at-work.ts'
import { endedGenerations } from '../rotate/ended.ts'
import { isSameValue } from './same-value.ts'
import type { Ledger } from './ledger.ts'
import type { Container } from '../manifest/manifest.ts'
import type { WatchChange } from '../watch/watch-plan.ts'
import { unfinished } from './unfinished.ts'

/** What a delivery does on one host. */
export interface HostPlan {
  readonly host: string
  /** `deliver`: a new generation. `restart`: containers only. `tidy`: what an earlier run left undone. `keep`: nothing.
   *  `refused`: see problem. */
  readonly action: 'deliver' | 'restart' | 'tidy' | 'keep' | 'refused'
  /** Numbers of the generation in force and of the one to come. */
  readonly from: number | null
  readonly to: number | null
  /** The generation to come lies on the host already: an earlier run staged it, and it is still what is wanted. */
  readonly isStaged: boolean
  /** Our executable is brought to the host first: it has none, or another one and is changed anyway. */
  readonly installs: boolean
  readonly changes: readonly SecretChange[]
  readonly containers: readonly ContainerPlan[]
  readonly problem: PlanProblem | null
  /** Why a generation is made although no secret changed, or what is left to tidy. */
  readonly reason: string | null
  /** Absent: the watch stays as it is. */
  readonly watch?: WatchChange
  /** Numbers of generations with values that are ended: none of them stays, nor does `from` where it is one and another
   *  takes its place. Absent: there are none. */
  readonly drops?: readonly number[]
}

export interface SecretChange {
  readonly secret: string
  readonly kind: 'added' | 'changed' | 'removed'
  readonly from: number | null
  readonly to: number | null
}

export type { ContainerPlan }

export interface PlanProblem {
  readonly code: Code
  readonly message: string
  readonly hint: string | null
  /** The clone is behind the fleet: a reason to deliver nothing anywhere. */
  readonly isStale?: true
  /** Nothing is wrong with the host: it only waits for its first `lockstep setup`. */
  readonly isNew?: true
}

export interface PlanInput {
  readonly desired: DesiredHost
  readonly facts: HostFacts
  readonly ledger: Ledger
  readonly project: string
  readonly environment: string
  /** Names of secrets that may go back to an older version. */
  readonly rollBack: readonly string[]
  /** Replace files that were put by hand where our links belong. */
  readonly replaceFiles: boolean
  /** Go on where somebody put an old generation back. */
  readonly acceptRolledBack: boolean
  /** `setup` makes the first generation and touches no container. */
  readonly mode: 'setup' | 'deploy'
  /** Hosts that a person installed anew: `setup` may give them another id. */
  readonly again?: readonly string[]
  /** Digest of what a scope should hold, and of how a container is run. */
  readonly content: (scope: DesiredScope) => string
  /** Digest of the executable that hosts should have; null: there is none to bring. */
  readonly executable: string | null
  /** The rotation that is being done meanwhile; absent: none, or nothing could be planned beside it. */
  readonly atWork?: AtWork | null
  /** Only looking: what would be missing to change something does not matter. */
  readonly isLook?: boolean
  readonly spec: (container: Container) => string
  /** What is to be done about the watch. */
  readonly watch?: WatchChange | null
  /** Generations of a revision before this one are replaced, whatever is in them: their passwords are to end. */
  readonly renew?: number | null
}

/** Compares one host with what it should have. Pure: the same facts give the same plan. */
export const planHost = (input: PlanInput): HostPlan => {
  const { desired, facts } = input
  const now = facts.scopes['host']?.manifest ?? null
  const changes = changesOf(now, desired.scopes[0])
  const known = input.ledger.hosts[desired.host]
  const base = { host: desired.host, from: facts.current, isStaged: false, installs: false, changes }
  const problem = hostProblem(input)
  if (problem !== null) return { ...refusedPlan(desired.host, facts, problem), changes }
  const reason = input.mode === 'setup' && facts.current !== null ? null : reasonToDeliver(input)
  const containers = input.mode === 'setup' ? [] : containerPlans(input)
  const restarts = containers.some((one) => one.action !== 'keep')
  const installs = installsExecutable(input, restarts || reason !== null)
  // the one in force goes with the others once another one is
  const current = reason === null ? facts.current : null
  const drops = endedGenerations(input.ledger, known, { desired, current })
  const dropped = drops.length === 0 ? {} : { drops }
  if (reason === null) {
    const left = unfinished(facts, known, drops, input.atWork)
    const watch = input.watch ?? null
    const action = restarts || installs ? 'restart' : left === null && watch === null ? 'keep' : 'tidy'
    const why = left ?? (watch === null ? null : watchWords[watch])
    const own = { to: facts.current, installs, containers, problem: null, reason: why }
    return { ...base, ...dropped, action, ...own, ...watchPart(watch) }
  }
  const staged = stagedNumber(input)
  const to = staged ?? nextNumber(input)
  const own = { to, isStaged: staged !== null, installs, containers, problem: null, reason }
  return { ...base, ...dropped, action: 'deliver', ...own, ...watchPart(input.watch ?? null) }
}

/** Why there is something to do where it is the watch alone. */
export const watchWords: Readonly<Record<WatchChange, string>> = {
  install: 'the watch is brought',
  remove: 'the watch is removed',
}

const watchPart = (watch: WatchChange | null): Pick<HostPlan, 'watch'> => (watch === null ? {} : { watch })

/** Nothing is done on this host, and it is said why. */
export const refusedPlan = (host: string, facts: Pick<HostFacts, 'current'>, problem: PlanProblem): HostPlan => ({
  host,
  action: 'refused',
  from: facts.current,
  to: null,
  isStaged: false,
  installs: false,
  changes: [],
  containers: [],
  problem,
  reason: null,
})

/** The number of a generation that is ready to be switched to: whole, ours, and just what a new one would hold. */
const stagedNumber = (input: PlanInput): number | null => {
  const { staged } = input.facts
  if (staged === null) return null
  const id = staged.scopes['host']?.manifest?.generation.id
  const known = input.ledger.hosts[input.desired.host]?.generations.find((one) => one.number === staged.number)
  if (known === undefined || known.id !== id || known.state !== 'staged') return null
  const facts = { ...input.facts, current: staged.number, scopes: staged.scopes, legacy: [] }
  return reasonToDeliver({ ...input, facts }) === null ? staged.number : null
}

const nextNumber = ({ desired, facts, ledger }: PlanInput): number =>
  Math.max(
    0,
    facts.current ?? 0,
    ...facts.generations,
    ...(ledger.hosts[desired.host]?.generations ?? []).map((one) => one.number),
  ) + 1

const changesOf = (now: ScopeManifest | null, scope: DesiredScope | undefined): SecretChange[] => {
  const before = new Map(Object.entries(now?.secrets ?? {}))
  const after = new Map((scope?.secrets ?? []).map((one) => [one.name, one]))
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((secret): SecretChange[] => {
    const [a, b] = [before.get(secret), after.get(secret)]
    if (a === undefined && b !== undefined) return [{ secret, kind: 'added', from: null, to: b.version }]
    if (b === undefined) return [{ secret, kind: 'removed', from: a?.version ?? null, to: null }]
    if (a !== undefined && isSameValue(a, b) && a.version === b.version && a.group === b.group) return []
    return [{ secret, kind: 'changed', from: a?.version ?? null, to: b.version }]
  })
}

/** Why there is a new generation where that is all that was wanted. */
export const newPasswords = 'new passwords'

/** Why the generation in force does not do; null when it does. */
const reasonToDeliver = (input: PlanInput): string | null => {
  const { desired, facts } = input
  if (facts.current === null) return 'nothing delivered yet'
  const missing = desired.scopes.find((scope) => (facts.scopes[scope.scope]?.manifest ?? null) === null)
  if (missing !== undefined) return `${missing.scope} is new`
  const extra = Object.keys(facts.scopes).find((name) => !desired.scopes.some((scope) => scope.scope === name))
  if (extra !== undefined) return `${extra} is no longer wanted`
  const broken = Object.entries(facts.scopes).find(([, scope]) => scope.wrong.length > 0)
  if (broken !== undefined) return `${broken[0]} is not whole: ${broken[1].wrong[0]}`
  const moved = desired.scopes.find((scope) => isDifferent(scope, facts.scopes[scope.scope]?.manifest ?? null, desired))
  if (moved !== undefined) return changeReason(moved, input)
  const gone = ['secrets', ...(desired.rung === 'host' ? ['vault-password'] : [])].filter(
    (name) => !facts.links.includes(name),
  )
  if (gone.length > 0) return `${gone.join(' and ')} removed by hand`
  if (facts.legacy.length > 0) return `${facts.legacy.join(' and ')} put there by hand`
  const isOld = Object.values(facts.scopes).some(({ manifest }) => (manifest?.revision ?? 0) < (input.renew ?? 0))
  return isOld ? newPasswords : null
}

const changeReason = (scope: DesiredScope, { facts }: PlanInput): string => {
  const changes = changesOf(facts.scopes[scope.scope]?.manifest ?? null, scope)
  if (changes.length > 0) return `${changes.length} of its secrets changed`
  const manifest = facts.scopes[scope.scope]?.manifest ?? null
  const isFormer = manifest !== null && isOfFormerKey(manifest, scope)
  return isFormer ? 'its fingerprints are of a former project key' : `${scope.scope} has other settings`
}

const isDifferent = (scope: DesiredScope, manifest: ScopeManifest | null, desired: DesiredHost): boolean =>
  manifest === null ||
  changesOf(manifest, scope).length > 0 ||
  isOfFormerKey(manifest, scope) ||
  manifest.runtime.rung !== desired.rung ||
  manifest.runtime.uid !== scope.uid

/** Fingerprints that whoever has left could make. */
const isOfFormerKey = ({ secrets }: ScopeManifest, scope: DesiredScope): boolean =>
  scope.secrets.some(({ name, fingerprint }) => secrets[name]?.fingerprint !== fingerprint)
