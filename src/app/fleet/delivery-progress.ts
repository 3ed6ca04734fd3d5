import type { HostOutcome, HostProblem } from '../../core/fleet/delivery-report.ts'
import type { Ending } from '../../core/fleet/ledger-changes.ts'
import type { Gate } from './gate.ts'
import { makeGate } from './gate.ts'

/** What has become of each host of one delivery, and where their scripts wait for each other. */
export interface DeliveryProgress {
  /** By host, once it is done with. */
  readonly outcomes: ReadonlyMap<string, HostOutcome>
  /** By host: what the ledger will say of it. */
  readonly endings: Map<string, Ending>
  /** Hosts that this run holds, or may hold. */
  readonly touched: Set<string>
  /** Hosts where everything lies ready. */
  readonly prepared: Set<string>
  /** By host: why its copy of the ledger is not written. */
  readonly unrecorded: Map<string, HostProblem>
  /** Passed by a host that is ready to be switched, or done with. */
  readonly staged: Gate
  /** Passed by a host that is done with. */
  readonly ended: Gate
  /** Done with this host: nobody waits for it any more. */
  finish(outcome: HostOutcome, ending?: Ending): void
}

export const makeProgress = (): DeliveryProgress => {
  const outcomes = new Map<string, HostOutcome>()
  const endings = new Map<string, Ending>()
  const [staged, ended] = [makeGate(), makeGate()]
  return {
    outcomes,
    endings,
    touched: new Set(),
    prepared: new Set(),
    unrecorded: new Map(),
    staged,
    ended,
    finish: (outcome, ending) => {
      outcomes.set(outcome.host, outcome)
      if (ending !== undefined) endings.set(outcome.host, ending)
      staged.pass(outcome.host)
      ended.pass(outcome.host)
    },
  }
}
