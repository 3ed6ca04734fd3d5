import type { HostFacts } from './host-facts.ts'

/** May another run be changing this host? Not where its lease has run out, by the host's own clock, or where it is
 *  known to be over. */
export const isHeld = ({ lease, now }: Pick<HostFacts, 'lease' | 'now'>, over: string | null): boolean =>
  lease !== null && lease.run !== null && lease.run !== over && lease.until > now
