import type { HostFacts } from '../core/host-facts.ts'
import type { Machine } from '../core/ports.ts'

/** Who holds a lease, for people and for the next run: user@machine (pid N). */
export const holderName = (machine: Machine): string => `${machine.user}@${machine.hostname} (pid ${machine.pid})`

/** The run whose lease may be taken over: one of a process of this very machine that is no longer there. */
export const takeOver = (facts: Pick<HostFacts, 'lease'>, ports: { readonly machine: Machine }): string | null => {
  const { lease } = facts
  const { machine } = ports
  if (lease === null || lease.run === null || lease.holder === null) return null
  const match = /^(.*)@(.*) \(pid (\d+)\)$/.exec(lease.holder)
  if (match === null || match[1] !== machine.user || match[2] !== machine.hostname) return null
  return machine.isAlive(Number(match[3])) ? null : lease.run
}
