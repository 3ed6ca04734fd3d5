import type { HostFacts } from '../fleet/host-facts.ts'
import type { Ledger } from '../fleet/ledger.ts'
import type { Metadata } from '../secrets/metadata.ts'
import { nextVersion } from '../secrets/metadata.ts'
import { openCredentials } from './journal.ts'

export interface VersionSources {
  readonly metadata: Metadata
  readonly ledger: Ledger
  readonly facts: Iterable<HostFacts>
}

/** Gives out versions that neither the project nor any host has seen: of one name, each is given once. */
export const freshVersions = (sources: VersionSources): ((name: string) => number) => {
  const given = new Map<string, number>()
  const seen = seenVersions(sources)
  return (name) => {
    const version = Math.max(nextVersion(sources.metadata, name), 1 + (seen.get(name) ?? 0), 1 + (given.get(name) ?? 0))
    given.set(name, version)
    return version
  }
}

/** The highest of each name that is on a host, or on its way there. */
const seenVersions = ({ ledger, facts }: VersionSources): ReadonlyMap<string, number> => {
  const seen = new Map<string, number>()
  const see = (name: string, version: number): void => void seen.set(name, Math.max(version, seen.get(name) ?? 0))
  for (const { generations } of Object.values(ledger.hosts))
    for (const { secrets } of generations) for (const [name, version] of Object.entries(secrets)) see(name, version)
  for (const { versions } of openCredentials(ledger))
    for (const [name, version] of Object.entries(versions)) see(name, version)
  for (const { scopes } of facts)
    for (const [name, { version }] of Object.entries(scopes['host']?.manifest?.secrets ?? {})) see(name, version)
  return seen
}
