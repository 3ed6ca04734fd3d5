import type { PlacedSecret, ProjectSecret } from '../fleet/desired.ts'
import type { HostFacts, ScopeFacts } from '../fleet/host-facts.ts'
import type { LedgerHost } from '../fleet/ledger.ts'
import { isSameValue } from '../fleet/same-value.ts'
import { groupPath, type Metadata } from '../secrets/metadata.ts'
import type { OpenCredential } from './journal.ts'

/** One version of a secret that somebody could read. */
export interface Readable {
  readonly name: string
  /** Whose value it may be: a host's own (its name), the shared one (null). The likelier first. */
  readonly owners: readonly [string | null, ...(string | null)[]]
  /** Null: those before the one in force, whichever they were. */
  readonly version: number | null
  /** ISO: when it was in force, for all we know; the latest such time. */
  readonly at: string
  /** It was compared, and is the value in force, whatever its version. */
  readonly isInForce: boolean
  /** What says so, for people: `generation 41: the ledger`. */
  readonly proof: string
}

export interface HostSources {
  readonly host: string
  /** What the ledger knows of it; undefined: nothing. */
  readonly known: LedgerHost | undefined
  /** What it says itself; null: it was not asked, or did not answer. */
  readonly facts: Pick<HostFacts, 'scopes' | 'staged'> | null
  /** Credentials that are not over, of which it is given something. */
  readonly open: readonly Pick<OpenCredential, 'host' | 'from' | 'set' | 'rotation'>[]
  /** What lockstep.yaml gives it; empty: nothing. */
  readonly placed: readonly PlacedSecret[]
  /** No copy of the ledger came from anywhere: then what is given counts as read. */
  readonly isWithoutLedger: boolean
  /** ISO, now. */
  readonly now: string
}

/** What is in the generations that a host holds, by the ledger, and by its own manifest, which tells equal values of other
 *  versions; and the former values of rotations, which are good until they end, whether their generation is still there or
 *  not. */
export const readableOn = ({
  host,
  known,
  facts,
  open,
  placed,
  isWithoutLedger,
  now,
}: HostSources): readonly Readable[] => {
  const owners = [host, null] as const
  const ledger = (known?.generations ?? []).flatMap(({ number, at, secrets }) =>
    Object.entries(secrets).map(([name, version]): Readable => {
      const proof = `generation ${number} of ${at.slice(0, 10)}: the ledger`
      return { name, owners, version, at, isInForce: false, proof }
    }),
  )
  const former = open.flatMap(({ host: owner, from, set, rotation }) =>
    Object.entries(from)
      .filter(([, version]) => version > 0)
      .map(([name, version]): Readable => {
        const proof = `in force until rotation ${rotation} of ${set.slice(0, 10)}`
        return { name, owners: [owner], version, at: set, isInForce: false, proof }
      }),
  )
  const manifests = [facts?.scopes, facts?.staged?.scopes].flatMap((scopes) => scopes?.['host'] ?? [])
  const own = manifests.flatMap((scope) => delivered(scope, placed).map((one) => ({ ...one, owners, at: now })))
  const given = isWithoutLedger ? placed : []
  return [...ledger, ...former, ...own, ...given.map((one) => givenTo(one, now))]
}

const delivered = ({ manifest }: ScopeFacts, placed: readonly PlacedSecret[]): Omit<Readable, 'owners' | 'at'>[] =>
  Object.entries(manifest?.secrets ?? {}).map(([name, there]) => {
    const here = placed.find((one) => one.name === name)
    const isInForce = here !== undefined && isSameValue(there, here)
    const proof = `generation ${manifest?.generation.number ?? 0}: its manifest`
    return { name, version: there.version, isInForce, proof }
  })

const givenTo = ({ name, host, version }: PlacedSecret, at: string): Readable => {
  const proof = 'lockstep.yaml gives it to this host, and no ledger says what was delivered'
  return { name, owners: [host], version, at, isInForce: true, proof }
}

export interface OperatorSources {
  readonly name: string
  /** ISO: when they left; null: they have not. */
  readonly left: string | null
  readonly secrets: readonly ProjectSecret[]
  readonly metadata: Pick<Metadata, 'files'>
  /** ISO. */
  readonly now: string
}

/** Whoever opens the project reads all of it: every value that was in force before they left. */
export const readableBy = ({ name: who, left, secrets, metadata, now }: OperatorSources): readonly Readable[] =>
  secrets.flatMap(({ name, group, host, version, set }): readonly Readable[] => {
    const path = groupPath(group, host)
    const owners = [host] as const
    const base = { name, owners, at: left ?? now }
    const file = `${path}: version ${version} of ${set.slice(0, 10)}`
    if (left === null) return [{ ...base, version, isInForce: true, proof: `${file}, which ${who} opens` }]
    if (set <= left) {
      const proof = `${file}, before ${who} left on ${left.slice(0, 10)}`
      return [{ ...base, version, isInForce: true, proof }]
    }
    // what was new after that is nothing to them
    const isNew = (metadata.files.get(path)?.get(name)?.before ?? null) === null
    const proof = `${path}: what was there before ${who} left on ${left.slice(0, 10)}`
    return isNew ? [] : [{ ...base, version: null, isInForce: false, proof }]
  })
