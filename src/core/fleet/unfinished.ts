import type { HostFacts } from './host-facts.ts'
import type { LedgerHost } from './ledger.ts'

/** What a run that was cut off left to do on a host that has what it should have. Null: nothing. */
export const unfinished = (facts: HostFacts, known: LedgerHost | undefined): string | null => {
  if (facts.lease !== null && facts.lease.run !== null) return 'an earlier run did not end here'
  if (facts.leftovers.length > 0) return 'an earlier run left files behind'
  if (facts.staged !== null) return 'an earlier run brought what is no longer wanted'
  if (facts.current !== null && known?.current !== facts.current) return 'its generation is not recorded'
  return null
}

/** Generations to keep where nothing new comes: the one in force, and the one before it. */
export const keptGenerations = ({ current, generations }: HostFacts): readonly number[] => {
  if (current === null) return []
  const before = generations.filter((number) => number < current)
  return [current, ...(before.length === 0 ? [] : [Math.max(...before)])]
}
