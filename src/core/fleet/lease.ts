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
