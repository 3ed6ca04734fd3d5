import type { HostFacts } from '../fleet/host-facts.ts'
import type { Ledger, LedgerHost } from '../fleet/ledger.ts'
import { parseGroupPath, type Metadata } from '../secrets/metadata.ts'
import { maybeInForce } from './elsewhere.ts'
import { endedBefore } from './ended.ts'
import { openCredentials, type OpenCredential } from './journal.ts'

/** A version that the fleet has, and of which this clone knows nothing. */
export interface NewerVersion {
  readonly name: string
  readonly version: number
  /** The newest that this clone knows; 0: none. */
  readonly here: number
  /** The host that has it; null: the ledger alone says so. */
  readonly host: string | null
}

export interface FleetVersions {
  readonly metadata: Pick<Metadata, 'files'>
  readonly ledger: Pick<Ledger, 'hosts' | 'credentials' | 'ended'>
  /** What a host says that answered; null: it did not. */
  readonly facts: (host: string) => Pick<HostFacts, 'identity' | 'current'> | null
}

/** Of which credential, with the versions that a rotation of it has given out itself. */
export interface Compared extends Pick<OpenCredential, 'id' | 'host' | 'names'> {
  readonly own: Readonly<Record<string, number>>
  /** Some host is given it. */
  readonly isGiven: boolean
  /** Nobody waits for them any more, nor counts what they have. */
  readonly abandoned: readonly string[]
}

/** What the ledger knows of a credential in a newer version than this clone: another one has changed it, and whatever goes
 *  out from here would replace that. Null: nothing. A host that does not answer speaks through the ledger; what it has is
 *  its own value where this clone knows one, and that is another secret. */
export const newerVersion = (fleet: FleetVersions): ((one: Compared) => NewerVersion | null) => {
  const recorded = recordedVersions(fleet.metadata)
  return (one) => newerInLedger(fleet, recorded, one) ?? newerOnHost(fleet, recorded, one)
}

const newerInLedger = ({ ledger }: FleetVersions, recorded: RecordedVersions, one: Compared): NewerVersion | null => {
  for (const name of one.names) {
    const record = recorded.get(one.host)?.get(name)
    const here = Math.max(one.own[name] ?? 0, record?.version ?? 0)
    // a first value that was taken back leaves no record anywhere; one that went well is in force on a host
    const ended = record === undefined && one.isGiven ? 0 : endedBefore(ledger, name, one.host)
    const version = Math.max(ended, givenToOthers(ledger, one, name))
    if (version > here) return { name, version, here, host: null }
  }
  return null
}

const newerOnHost = (
  { ledger, facts }: FleetVersions,
  recorded: RecordedVersions,
  one: Compared,
): NewerVersion | null => {
  for (const [host, known] of Object.entries(ledger.hosts)) {
    if (one.abandoned.includes(host) || (one.host !== null && one.host !== host)) continue
    const generations = inForceOn(known, facts(host))
    for (const name of one.names) {
      const [shared, own] = [recorded.get(null)?.get(name), recorded.get(host)?.get(name)]
      if (one.host === null && own?.isThere === true) continue
      const version = Math.max(0, ...generations.map(({ secrets }) => secrets[name] ?? 0))
      // before it had its own value, or since that was removed, it was given the shared one
      const here = Math.max(one.own[name] ?? 0, shared?.version ?? 0, own?.version ?? 0)
      if (version > here) return { name, version, here, host }
    }
  }
  return null
}

interface Recorded {
  readonly version: number
  /** It was not removed. */
  readonly isThere: boolean
}

/** By host (null: the shared ones) and name, whichever group it is in. */
type RecordedVersions = ReadonlyMap<string | null, ReadonlyMap<string, Recorded>>

const recordedVersions = ({ files }: Pick<Metadata, 'files'>): RecordedVersions => {
  const found = new Map<string | null, Map<string, Recorded>>()
  for (const [path, records] of files) {
    const place = parseGroupPath(path)
    if (place === null) continue
    const own = found.get(place.host) ?? new Map<string, Recorded>()
    found.set(place.host, own)
    for (const [name, { version, fingerprint }] of records) {
      const before = own.get(name)
      const isThere = fingerprint !== null || before?.isThere === true
      own.set(name, { version: Math.max(version, before?.version ?? 0), isThere })
    }
  }
  return found
}

/** What rotations have made of it that are not over, and another credential's. */
const givenToOthers = (ledger: FleetVersions['ledger'], { id, host }: Compared, name: string): number =>
  Math.max(
    0,
    ...openCredentials(ledger)
      .filter((one) => one.host === host && one.id !== id)
      .map(({ versions }) => versions[name] ?? 0),
  )

/** The generation in force where the host says which; else each that may be. */
const inForceOn = (known: LedgerHost, facts: ReturnType<FleetVersions['facts']>): LedgerHost['generations'] => {
  if (facts === null || facts.identity?.id !== known.id) return maybeInForce(known)
  const inForce = Math.max(known.current ?? 0, facts.current ?? 0)
  return known.generations.filter(({ number }) => number === inForce)
}
