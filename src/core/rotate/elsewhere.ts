import type { Ledger, LedgerHost } from '../fleet/ledger.ts'
import type { OpenCredential } from './journal.ts'

export interface Elsewhere {
  /** Hosts that are given the credential, as far as this clone knows: they speak for themselves. */
  readonly given: readonly string[]
  /** A host may have a value of its own under this name, which is another secret. */
  readonly hasOwn: (host: string, name: string) => boolean
  readonly isMeant: (name: string, version: number) => boolean
}

/** Other hosts that hold a version of the credential which is meant, as the ledger says: another clone knows them, or this
 *  one has taken them out and nobody has forgotten them yet. In the order of their names. */
export const holdersElsewhere = (
  { hosts }: Pick<Ledger, 'hosts'>,
  one: Pick<OpenCredential, 'host' | 'versions'>,
  { given, hasOwn, isMeant }: Elsewhere,
): readonly string[] =>
  Object.entries(hosts)
    .filter(([host]) => !given.includes(host) && (one.host === null || one.host === host))
    .filter(([host, known]) => {
      const names = Object.keys(one.versions).filter((name) => one.host !== null || !hasOwn(host, name))
      return maybeInForce(known).some(({ secrets }) =>
        names.some((name) => secrets[name] !== undefined && isMeant(name, secrets[name])),
      )
    })
    .map(([host]) => host)
    .sort()

/** The generation in force, and what a run that was cut off may have switched to. */
export const maybeInForce = ({ current, generations }: LedgerHost): LedgerHost['generations'] =>
  generations.filter(({ number }) => number >= (current ?? 0))
