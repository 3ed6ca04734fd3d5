import { codes, fail } from '../errors.ts'
import type { Code, SecretsError } from '../errors.ts'

/** One provider's place in a chain, and what may be passed over there. */
export interface LinkRule {
  /** An outage here may be answered by the next link (off unless the chain says so: who drops packets can force it). */
  readonly passOutage?: boolean
  /** An authenticated manifest says that this link holds the value: it does not get to say it does not. */
  readonly mustHold?: boolean
  /** Milliseconds after which a local copy is too old to be used. */
  readonly maxStale?: number
}

/** How a link answered: a value, "not here", a value beyond `maxStale`, or the code it threw. */
export type Outcome = 'found' | 'absent' | 'stale' | Code

/** What the chain does with it. */
export type Step = 'use' | 'next' | 'stop'

/** The chain's whole rule. "Not here" moves on, an outage where the link allows it, everything else stops: a refusing
 *  or attacked link must not push us to a weaker one. A copy that is too old counts as an outage. */
export const chainStep = (outcome: Outcome, rule: LinkRule = {}): Step => {
  if (outcome === 'found') return 'use'
  if (outcome === 'absent') return rule.mustHold ? 'stop' : 'next'
  const isOutage = outcome === 'stale' || codes[outcome].next === 'rule'
  return isOutage && rule.passOutage ? 'next' : 'stop'
}

/** True for an answer too old for its link. */
export const isStale = (fetchedAt: number, rule: LinkRule, now: number): boolean =>
  rule.maxStale !== undefined && now - fetchedAt > rule.maxStale

/** A link that was asked and passed over, for the record: a downgrade is counted and shown. */
export interface PassedOver {
  readonly provider: string
  readonly outcome: Outcome
}

/** The error for a link that stops the chain without one of its own. */
export const stopped = (provider: string, outcome: 'absent' | 'stale'): SecretsError =>
  outcome === 'absent'
    ? fail('TAMPERED', `${provider} says it does not hold what the manifest says is there`, { at: provider })
    : fail('UNAVAILABLE', `${provider} has only a copy that is too old`, { at: provider })

/** The error for a chain at its end. An outage on the way means that we cannot say "nobody holds it". */
export const exhausted = (passed: readonly PassedOver[]): SecretsError => {
  const asked = passed.map((link) => link.provider).join(', ') || 'nobody'
  const isOutage = passed.some((link) => link.outcome !== 'absent')
  return isOutage
    ? fail('UNAVAILABLE', `no answer: ${asked} asked, at least one of them is down`)
    : fail('NOT_FOUND', `nobody in the chain holds it: ${asked} asked`)
}
