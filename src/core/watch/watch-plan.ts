import type { HostFacts } from '../fleet/host-facts.ts'
import type { Ledger } from '../fleet/ledger.ts'
import type { WatchFacts } from './watch-facts.ts'

/** What `setup --watch` and `--no-watch` do on one host. */
export type WatchChange = 'install' | 'remove'

export interface WatchInput {
  /** True: it should be there; false: it should not. */
  readonly wanted: boolean
  /** What it wrote goes with it. */
  readonly forget: boolean
  readonly facts: WatchFacts
  /** Digests that the ledger says its program may have; null: it says that none was brought. */
  readonly known: readonly string[] | null
  /** SHA-256 of our program, and of what starts it there. */
  readonly agent: string
  readonly starter: string
}

/** Null: it is as it should be. */
export const watchChange = ({ wanted, forget, facts, known, agent, starter }: WatchInput): WatchChange | null => {
  if (!wanted) return known !== null || isThere(facts) || (forget && facts.last !== null) ? 'remove' : null
  const isWhole = facts.agent === agent && facts.starter?.sha256 === starter && facts.starter.kind === facts.init
  const isKnown = known?.includes(agent) === true
  return isWhole && isKnown && facts.running?.sha256 === agent ? null : 'install'
}

/** Digests that the ledger says the watch of this very machine may have; null: none was brought to it. */
export const broughtWatch = (
  ledger: Pick<Ledger, 'hosts'>,
  host: string,
  facts: Pick<HostFacts, 'identity'> | null,
): readonly string[] | null => {
  const known = ledger.hosts[host]
  return known !== undefined && known.id === facts?.identity?.id ? (known.watches ?? null) : null
}

/** One was brought, or lies there, and none runs. */
export const isWatchStopped = ({ running, agent }: WatchFacts, brought: boolean): boolean =>
  running === null && (brought || agent !== null)

const isThere = ({ agent, starter, running }: WatchFacts): boolean =>
  agent !== null || starter !== null || running !== null
