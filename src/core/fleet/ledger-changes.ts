import type { Ledger, LedgerDelivery, LedgerGeneration, LedgerHost } from './ledger.ts'

/** What a run is about to do on one host. */
export interface Intent {
  readonly host: string
  readonly id: string
  readonly generation: LedgerGeneration | null
  readonly directory: string
  /** Digest of the executable that is brought there; null: it stays as it is. */
  readonly executable: string | null
  /** Digest of the watch that is brought there. */
  readonly watch?: string
}

/** The ledger as it lies on the hosts before anything is switched: every id that may come into force is in it. */
export const withIntent = (old: Ledger, delivery: LedgerDelivery, intents: readonly Intent[]): Ledger => ({
  ...old,
  revision: delivery.revision,
  writes: 0,
  hosts: intents.reduce(
    (hosts, intent) => ({ ...hosts, [intent.host]: hostWithIntent(hosts[intent.host], intent) }),
    old.hosts,
  ),
  deliveries: [...old.deliveries, delivery].slice(-50),
})

const hostWithIntent = (known: LedgerHost | undefined, intent: Intent): LedgerHost => ({
  id: intent.id,
  directory: intent.directory,
  current: known?.current ?? null,
  generations: [
    ...(known?.generations ?? []).filter((one) => one.number !== intent.generation?.number),
    ...(intent.generation === null ? [] : [intent.generation]),
  ],
  ...executablesWith(known?.id === intent.id ? known : undefined, intent.executable),
  ...watchesWith(known?.id === intent.id ? known : undefined, intent.watch),
})

const executablesWith = (known: LedgerHost | undefined, next: string | null): Pick<LedgerHost, 'executables'> => {
  const executables = [...new Set([...(known?.executables ?? []), ...(next === null ? [] : [next])])]
  return executables.length === 0 ? {} : { executables }
}

const watchesWith = (known: LedgerHost | undefined, next: string | undefined): Pick<LedgerHost, 'watches'> => {
  const watches = [...new Set([...(known?.watches ?? []), ...(next === undefined ? [] : [next])])]
  return watches.length === 0 ? {} : { watches }
}

/** How a run ended on one host: the generation in force, and the numbers that are gone. */
export interface Ending {
  readonly host: string
  readonly current: number | null
  readonly removed: readonly number[]
  /** The watch was taken away. */
  readonly isUnwatched?: boolean
}

/** The ledger after the run. Every generation that was ever in force stays until the host has removed it. */
export const withEndings = (
  open: Ledger,
  revision: number,
  endings: readonly Ending[],
  state: 'done' | 'partial',
): Ledger => ({
  ...open,
  hosts: endings.reduce((hosts, ending) => {
    const known = hosts[ending.host]
    return known === undefined ? hosts : { ...hosts, [ending.host]: ended(known, ending) }
  }, open.hosts),
  deliveries: open.deliveries.map((one) => (one.revision === revision ? { ...one, state } : one)),
})

const ended = ({ watches, ...known }: LedgerHost, ending: Ending): LedgerHost => ({
  ...known,
  ...(watches === undefined || ending.isUnwatched === true ? {} : { watches: watches.slice(-1) }),
  ...(known.executables === undefined ? {} : { executables: known.executables.slice(-1) }),
  current: ending.current,
  generations: known.generations
    .filter((one) => !ending.removed.includes(one.number))
    .map((one) => (one.number === ending.current ? { ...one, state: 'used' } : one)),
})
