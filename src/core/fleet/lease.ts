import { hostText } from '../host-text.ts'
import type { AtWork } from '../rotate/at-work.ts'
import type { RotationJournal } from '../rotate/journal.ts'
import type { HostFacts } from './host-facts.ts'

/** How long a run may hold a host without saying so again, by the host's own clock. */
export const leaseSeconds = 600

// for a clock that was set right in between
const slack = 60

/** Could a run of ours have written it? A host may say anything, and one that keeps the ledger holds up the fleet. */
export const isCredible = ({ lease, now }: Pick<HostFacts, 'lease' | 'now'>): boolean =>
  lease === null || lease.run === null || (isRun(lease.run) && lease.until - now <= leaseSeconds + slack)

export const isRun = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)

/** May another run be changing this host? Not where its lease has run out, by the host's own clock, or where it is
 *  known to be over. */
export const isHeld = ({ lease, now }: Pick<HostFacts, 'lease' | 'now'>, over: string | null): boolean =>
  lease !== null && lease.run !== null && lease.run !== over && lease.until > now

/** Any two runs that have most of the hosts that keep the ledger have one of them in common. */
export const isMost = (some: readonly unknown[], keepers: readonly unknown[]): boolean =>
  some.length > Math.floor(keepers.length / 2)

/** The run that the journal names, where most of these say that it holds them still; null: none, or it was cut off. One of
 *  them alone may say anything. `keepers`: the hosts that keep the ledger; null: nobody knows what it says, or nobody is to
 *  believe it. */
export const runAtWork = (
  { atWork: run }: Pick<RotationJournal, 'atWork'>,
  keepers: readonly (Pick<HostFacts, 'lease' | 'now'> | null)[],
): AtWork | null => {
  const isHolding = (one: Pick<HostFacts, 'lease' | 'now'>): boolean =>
    one.lease?.run === run && isCredible(one) && isHeld(one, null)
  const holding = keepers.flatMap((one) => (one !== null && isHolding(one) ? [one.lease] : []))
  if (run === undefined || !isMost(holding, keepers)) return null
  return { run, by: hostText(holding[0]?.holder ?? 'another run', 100) }
}
