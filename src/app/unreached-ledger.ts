import { fail } from '../core/errors.ts'
import type { EmptyKeeper, UnreachedLedger } from '../core/ledger-reach.ts'
import { mayBeginLedger, uncheckedWords, unreachedHint, unreachedWords } from '../core/ledger-reach.ts'
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

/** Nobody goes on from an empty ledger where there was one, unless told to, and then says what that costs.
 *  @throws CONFLICT */
export const refuseUnreached = (
  unreached: UnreachedLedger | null,
  options: { readonly mode: string; readonly withoutLedger: boolean },
): readonly string[] => {
  if (unreached === null) return []
  if (options.withoutLedger) return [`${unreachedWords(unreached)}; ${uncheckedWords}`]
  throw fail('CONFLICT', unreachedWords(unreached), { hint: unreachedHint(unreached, options.mode) })
}
