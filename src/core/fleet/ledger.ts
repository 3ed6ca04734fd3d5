import { canonical } from '../canonical.ts'
import type { Canonical } from '../canonical.ts'
import { fail } from '../errors.ts'
import { headShape, type SignedHead } from '../log/head.ts'
import type { Shape } from '../shape.ts'
import { dictionary, integer, list, nullable, oneOf, parseJson, shape, text } from '../shape.ts'

/** The fleet's own record, sealed, kept on up to three hosts: what was delivered where. Times are ISO, UTC. */
export interface Ledger {
  readonly format: 1
  readonly project: string
  readonly environment: string
  /** Counts the deliveries of the whole fleet. */
  readonly revision: number
  readonly hosts: Readonly<Record<string, LedgerHost>>
  /** The last fifty, newest last. */
  readonly deliveries: readonly LedgerDelivery[]
}

export interface LedgerHost {
  /** The random id that `setup` gave this machine. */
  readonly id: string
  /** Number of the generation in force; null before the first. */
  readonly current: number | null
  /** Every generation not known to be gone from the host, oldest first. */
  readonly generations: readonly LedgerGeneration[]
  /** Digests that bin/lockstep there may have: of the one delivered, and of one that was about to be. */
  readonly executables?: readonly string[]
  /** Digests that the watch there may have; absent: none was brought. */
  readonly watches?: readonly string[]
  /** Where it lies there; an older lockstep did not write it down. */
  readonly directory?: string
}

export interface LedgerGeneration {
  readonly number: number
  readonly id: string
  readonly revision: number
  readonly at: string
  /** `staged`: meant to be switched to, not known to have been. */
  readonly state: 'staged' | 'used'
  /** Version of each secret inside. */
  readonly secrets: Readonly<Record<string, number>>
}

export interface LedgerDelivery {
  readonly revision: number
  readonly run: string
  readonly at: string
  readonly by: string
  readonly state: 'open' | 'done' | 'partial'
  readonly hosts: readonly string[]
  /** The end of the access log of the clone that delivered. */
  readonly log?: SignedHead
}

export const emptyLedger = (project: string, environment: string): Ledger => ({
  format: 1,
  project,
  environment,
  revision: 0,
  hosts: {},
  deliveries: [],
})

const generation: Shape<LedgerGeneration> = shape({
  number: integer,
  id: text,
  revision: integer,
  at: text,
  state: oneOf('staged', 'used'),
  secrets: dictionary(integer),
})

const formatOne: Shape<1> = (value, at) => {
  if (value === 1) return 1
  throw fail('CONFLICT', 'the ledger was written by a newer lockstep', { at, hint: 'update lockstep on this machine' })
}

interface HostMembers extends Omit<LedgerHost, 'executables' | 'watches' | 'directory'> {
  readonly watches: readonly string[] | null
  readonly executables: readonly string[] | null
  readonly directory: string | null
}

const hostMembers = shape<HostMembers>({
  id: text,
  current: nullable(integer),
  generations: list(generation),
  executables: nullable(list(text)),
  watches: nullable(list(text)),
  directory: nullable(text),
})

const ledgerHost: Shape<LedgerHost> = (value, at) => {
  const { executables, watches, directory, ...host } = hostMembers(value, at)
  return {
    ...host,
    ...(executables === null ? {} : { executables }),
    ...(watches === null ? {} : { watches }),
    ...(directory === null ? {} : { directory }),
  }
}

const deliveryMembers = shape<Omit<LedgerDelivery, 'log'> & { readonly log: SignedHead | null }>({
  revision: integer,
  run: text,
  at: text,
  by: text,
  state: oneOf('open', 'done', 'partial'),
  hosts: list(text),
  log: nullable(headShape),
})

const ledgerDelivery: Shape<LedgerDelivery> = (value, at) => {
  const { log, ...delivery } = deliveryMembers(value, at)
  return { ...delivery, ...(log === null ? {} : { log }) }
}

const ledger: Shape<Ledger> = shape({
  format: formatOne,
  project: text,
  environment: text,
  revision: integer,
  hosts: dictionary(ledgerHost),
  deliveries: list(ledgerDelivery),
})

/** @throws TAMPERED for what is no ledger */
export const parseLedger = (source: string, at: string): Ledger => parseJson(source, ledger, at)

export const printLedger = (value: Ledger): string => `${canonical(plain(value))}\n`

// null does not exist in canonical documents: absent says the same
const plain = (value: Ledger): Canonical => ({
  ...value,
  hosts: Object.fromEntries(
    Object.entries(value.hosts).map(([name, { current, ...host }]) => [
      name,
      { ...host, generations: host.generations.map((one) => ({ ...one })), ...(current === null ? {} : { current }) },
    ]),
  ),
  deliveries: value.deliveries.map(({ log, ...one }) => ({
    ...one,
    ...(log === undefined ? {} : { log: { ...log } }),
  })),
})

/** Is a machine known under this name? Not where all that is known is what a run was about to do when it was cut off, nor
 *  where the host was forgotten. */
export const wasSetUp = ({ hosts }: Ledger, host: string): boolean => {
  const known = hosts[host]
  return known !== undefined && (known.current !== null || known.generations.some((one) => one.state === 'used'))
}

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
  const newest = onHosts !== null && onHosts.revision >= ledger.revision ? onHosts : ledger
  const isOlder = onHosts !== null && onHosts.revision < seen.revision
  return {
    ledger: withOlderHosts(newest, [ledger, ...sorted]),
    isRolledBack: isOlder && seen.hosts.some((host) => copies.has(host)),
  }
}

/** The older first; of the same delivery, the one that has not seen its end. */
const byAge = (a: Ledger, b: Ledger): number => a.revision - b.revision || openDeliveries(b) - openDeliveries(a)

const withOlderHosts = (newest: Ledger | null, others: readonly Ledger[]): Ledger | null => {
  if (newest === null) return null
  const hosts = [...others].sort(byAge).reduce((known, one) => ({ ...known, ...one.hosts }), {})
  return { ...newest, hosts: { ...hosts, ...newest.hosts } }
}

const openDeliveries = (one: Ledger): number => one.deliveries.filter((delivery) => delivery.state === 'open').length

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
