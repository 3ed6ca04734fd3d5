import { fail } from '../errors.ts'
import type { HostFacts } from '../fleet/host-facts.ts'
import type { Ledger } from '../fleet/ledger.ts'
import type { Metadata } from '../secrets/metadata.ts'
import { nameOf, openCredentials } from './journal.ts'

export interface VersionSources {
  readonly metadata: Metadata
  readonly ledger: Ledger
  /** Those that answered. */
  readonly hosts: readonly SaidVersions[]
}

/** What a host says of itself, and the names of what it is given: of others it has nothing to say. */
export interface SaidVersions {
  readonly host: string
  readonly facts: Pick<HostFacts, 'scopes'>
  readonly given: ReadonlySet<string>
}

/** A version that nobody can have given out. */
export interface IncredibleVersion {
  readonly host: string
  readonly name: string
  readonly version: number
}

// so many that were given out where neither the ledger nor the project shows it: a host that says more leads nobody astray
const unknownToUs = 1000

// a host that has a higher one can no longer be read
const highest = 2 ** 31 - 2

/** Gives out versions that neither the project nor any host has seen: of one name, each is given once.
 *  @throws CONFLICT where there are no more */
export const freshVersions = (sources: VersionSources): ((name: string) => number) => {
  const highestOf = new Map(knownVersions(sources))
  for (const { name, version } of saidVersions(sources).filter(({ isCredible }) => isCredible))
    see(highestOf, name, version)
  return (name) => {
    const version = 1 + (highestOf.get(name) ?? 0)
    if (version > highest) {
      throw fail('CONFLICT', `${name} has had so many versions that no other can follow`, {
        hint: 'give what comes next another name, in a group of the same containers',
      })
    }
    highestOf.set(name, version)
    return version
  }
}

/** What hosts say and is not believed. */
export const incredibleVersions = (sources: VersionSources): readonly IncredibleVersion[] =>
  saidVersions(sources)
    .filter(({ isCredible }) => !isCredible)
    .map(({ host, name, version }) => ({ host, name, version }))

/** By name, the highest that the project or the ledger knows. */
const knownVersions = ({ metadata, ledger }: VersionSources): ReadonlyMap<string, number> => {
  const known = new Map(ledgerVersions(ledger))
  for (const records of metadata.files.values()) for (const [name, { version }] of records) see(known, name, version)
  return known
}

/** By name, the highest that the ledger knows: on hosts, of rotations that are not over, and of those that are. What no host
 *  is given is in the last two alone. */
export const ledgerVersions = (
  ledger: Pick<Ledger, 'hosts' | 'credentials' | 'ended'>,
): ReadonlyMap<string, number> => {
  const known = new Map<string, number>()
  for (const { generations } of Object.values(ledger.hosts))
    for (const { secrets } of generations)
      for (const [name, version] of Object.entries(secrets)) see(known, name, version)
  for (const { versions } of openCredentials(ledger))
    for (const [name, version] of Object.entries(versions)) see(known, name, version)
  for (const [key, version] of Object.entries(ledger.ended ?? {})) see(known, nameOf(key), version)
  return known
}

const see = (versions: Map<string, number>, name: string, version: number): void =>
  void versions.set(name, Math.max(version, versions.get(name) ?? 0))

/** Of scopes that are whole, the names that their host is given. */
const saidVersions = (sources: VersionSources): readonly (IncredibleVersion & { readonly isCredible: boolean })[] => {
  const known = knownVersions(sources)
  return sources.hosts.flatMap(({ host, facts, given }) => {
    const scope = facts.scopes['host']
    if (scope === undefined || scope.wrong.length > 0) return []
    return Object.entries(scope.manifest?.secrets ?? {})
      .filter(([name]) => given.has(name))
      .map(([name, { version }]) => ({
        host,
        name,
        version,
        isCredible: version <= (known.get(name) ?? 0) + unknownToUs,
      }))
  })
}
