import type { Ledger } from './ledger.ts'

/** What is kept here. */
export interface CachedLedger {
  readonly ledger: Ledger
  /** Hosts that were seen to have this revision, which may be older than what is kept: nothing else tells. */
  readonly seen: { readonly revision: number; readonly hosts: readonly string[] }
}

/** The copy with the highest revision, of those on hosts and the one kept here, with the hosts that only older ones know:
 *  one that was begun anew (`--without-ledger`) knows less. A host that was seen with a newer one than all hosts have now
 *  means that somebody put it back. */
export const newestLedger = (
  copies: ReadonlyMap<string, Ledger>,
  cached: CachedLedger | null,
): { ledger: Ledger | null; isRolledBack: boolean } => {
  const sorted = [...copies.values()].sort(byAge)
  const onHosts = sorted.at(-1) ?? null
  if (cached === null) return { ledger: withOlderHosts(onHosts, sorted), isRolledBack: false }
  const { ledger, seen } = cached
  const newest = onHosts !== null && byAge(onHosts, ledger) >= 0 ? onHosts : ledger
  const isOlder = onHosts !== null && onHosts.revision < seen.revision
  return {
    ledger: withOlderHosts(newest, [ledger, ...sorted]),
    isRolledBack: isOlder && seen.hosts.some((host) => copies.has(host)),
  }
}

/** The older first; of the same delivery, the one that has seen less of a rotation, or not its own end. */
export const byAge = (a: Ledger, b: Ledger): number =>
  a.revision - b.revision || (a.writes ?? 0) - (b.writes ?? 0) || openDeliveries(b) - openDeliveries(a)

const withOlderHosts = (newest: Ledger | null, others: readonly Ledger[]): Ledger | null => {
  if (newest === null) return null
  const hosts = [...others].sort(byAge).reduce((known, one) => ({ ...known, ...one.hosts }), {})
  return { ...newest, hosts: { ...hosts, ...newest.hosts } }
}

const openDeliveries = (one: Ledger): number => one.deliveries.filter((delivery) => delivery.state === 'open').length
