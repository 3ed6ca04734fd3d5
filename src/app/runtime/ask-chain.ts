import { chainStep, exhausted, isStale, stopped } from '../../core/runtime/chain.ts'
import type { LinkRule, Outcome, PassedOver } from '../../core/runtime/chain.ts'
import { fail, SecretsError } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { Answer, Provider } from '../../core/runtime/provider.ts'

/** One provider of a chain, what it is asked for, and what may be passed over there. */
export interface Link extends LinkRule {
  readonly provider: Provider
  /** What to read, in the provider's own words: a path, a name. */
  readonly ref: string
}

export interface ChainAnswer extends Answer {
  /** Name of the provider that answered. */
  readonly provider: string
  readonly passed: readonly PassedOver[]
}

/** Asks link after link until one holds the value, as core/chain.ts rules. `deadline` is for the whole chain, in
 *  milliseconds.
 *  @throws what a link threw that may not be passed over; NOT_FOUND or UNAVAILABLE at the end */
export const askChain = async (
  { clock }: Pick<Ports, 'clock'>,
  links: readonly Link[],
  { deadline }: { readonly deadline: number },
): Promise<ChainAnswer> => {
  const [stop, done] = [new AbortController(), new AbortController()]
  const late = clock.sleep(deadline, done.signal).then(() => {
    stop.abort()
    return 'late' as const
  })
  try {
    const passed: PassedOver[] = []
    for (const link of links) {
      const { outcome, answer, error } = await ask(link, clock.now(), stop.signal, late)
      const step = chainStep(outcome, link)
      if (step === 'use' && answer !== null) return { ...answer, provider: link.provider.name, passed }
      if (step === 'stop') throw error ?? stopped(link.provider.name, outcome === 'stale' ? 'stale' : 'absent')
      passed.push({ provider: link.provider.name, outcome })
    }
    throw exhausted(passed)
  } finally {
    done.abort()
  }
}

interface Asked {
  readonly outcome: Outcome
  readonly answer: Answer | null
  readonly error: SecretsError | null
}

const ask = async (link: Link, now: number, signal: AbortSignal, late: Promise<'late'>): Promise<Asked> => {
  try {
    const answer = await Promise.race([link.provider.read(link.ref, { signal }), late])
    if (answer === 'late') throw fail('UNAVAILABLE', `${link.provider.name} gave no answer in time`)
    if (answer === null) return { outcome: 'absent', answer, error: null }
    return { outcome: isStale(answer.fetchedAt, link, now) ? 'stale' : 'found', answer, error: null }
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    return { outcome: error.code, answer: null, error }
  }
}
