import { fail } from '../../core/errors.ts'
import type { SecretsError } from '../../core/errors.ts'
import type { EmptyKeeper, UnreachedLedger } from '../../core/fleet/ledger-reach.ts'
import {
  hasHadDelivery,
  mayBeginLedger,
  uncheckedWords,
  unreachedHint,
  unreachedWords,
} from '../../core/fleet/ledger-reach.ts'
import type { FleetProject } from './fleet-project.ts'
import type { FleetTruth } from './fleet-truth.ts'
import { isOurs } from './fleet-truth.ts'
import type { FoundLedger } from './ledger-store.ts'

/** What to say where a fleet that has had deliveries shows no ledger; null: it shows one, or never had any. */
export const unreachedLedger = (
  project: FleetProject,
  truth: FleetTruth,
  { isKnown }: Pick<FoundLedger, 'isKnown'>,
): UnreachedLedger | null => {
  if (isKnown) return null
  const hosts = [...new Set([...truth.targets(), ...truth.keepers()])].flatMap((host) => truth.facts(host) ?? [])
  const keepers = truth.keepers().map((host): EmptyKeeper => {
    const loss = truth.loss(host)
    if (loss !== null) return { host, state: loss.code === 'UNAVAILABLE' ? 'lost' : 'refused' }
    return { host, state: truth.facts(host) === null ? 'unasked' : 'no copy' }
  })
  const found = { keepers, enrolled: hosts.filter((facts) => isOurs(project, facts)) }
  return mayBeginLedger(found) ? null : found
}

/** What a run without the fleet's ledger may do. */
export interface Reach {
  readonly notes: readonly string[]
  /** By host: why nothing may be done there. */
  readonly refused: ReadonlyMap<string, SecretsError>
}

/** Nobody goes on without what the ledger knows, unless told to, and then it is said what that costs.
 *  @throws CONFLICT where there must be one */
export const checkReach = (
  project: FleetProject,
  truth: FleetTruth,
  found: FoundLedger,
  options: { readonly mode: string; readonly withoutLedger: boolean },
): Reach => {
  const unreached = unreachedLedger(project, truth, found)
  if (unreached === null) return strangers(project, truth, found, options)
  if (options.withoutLedger) return { notes: [`${unreachedWords(unreached)}; ${uncheckedWords}`], refused: new Map() }
  throw fail('CONFLICT', unreachedWords(unreached), { hint: unreachedHint(unreached, options.mode) })
}

/** Where the ledger is only what this clone remembers: hosts that had their deliveries after that, or may have had. */
const strangers = (
  project: FleetProject,
  truth: FleetTruth,
  { ledger, isKnown, isReached }: FoundLedger,
  { mode, withoutLedger }: { readonly mode: string; readonly withoutLedger: boolean },
): Reach => {
  const isLost = truth.keepers().some((host) => truth.loss(host) !== null)
  const isStranger = (host: string): boolean => {
    const facts = truth.facts(host)
    if (facts === null || ledger.hosts[host] !== undefined) return false
    // one without an id may stand in the place of a host that was set up since
    return facts.identity === null ? isLost : isOurs(project, facts) && hasHadDelivery(facts)
  }
  const hosts = isKnown && !isReached ? truth.targets().filter(isStranger) : []
  const message = "the fleet's ledger was not reached, and what this clone remembers of it does not know this host"
  if (withoutLedger) return { notes: hosts.map((host) => `${host}: ${message}; ${uncheckedWords}`), refused: new Map() }
  const hint = `run lockstep status when ${truth.keepers().join(' or ')} answers; to go on without what it knows: lockstep ${mode} --without-ledger`
  return { notes: [], refused: new Map(hosts.map((host) => [host, fail('CONFLICT', message, { at: host, hint })])) }
}
