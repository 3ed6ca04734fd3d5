import type { HostFacts } from './host-facts.ts'
import type { AtWork } from '../rotate/at-work.ts'
import type { LedgerHost } from './ledger.ts'

/** What a run that was cut off left to do on a host that has what it should have. Null: nothing. `drops`: generations
 *  that are not to stay. */
export const unfinished = (
  facts: HostFacts,
  known: LedgerHost | undefined,
  drops: readonly number[] = [],
  atWork: AtWork | null = null,
): string | null => {
  if (atWork !== null && facts.lease?.run === atWork.run) return 'a rotation is at work here'
  if (facts.lease !== null && facts.lease.run !== null) return 'an earlier run did not end here'
  if (facts.leftovers.length > 0) return 'an earlier run left files behind'
  if (facts.staged !== null) return 'an earlier run brought what is no longer wanted'
  const ended = facts.generations.filter((number) => drops.includes(number))
  if (ended.length > 0) return `values that are ended lie in generation ${ended.join(', ')}`
  if (facts.current !== null && known?.current !== facts.current) return 'its generation is not recorded'
  return null
}

/** Generations to keep where nothing new comes: the one in force, and the one before it. */
export const keptGenerations = (
  { current, generations }: HostFacts,
  drops: readonly number[] = [],
): readonly number[] => {
  if (current === null) return []
  const before = generations.filter((number) => number < current && !drops.includes(number))
  return [current, ...(before.length === 0 ? [] : [Math.max(...before)])]
}
