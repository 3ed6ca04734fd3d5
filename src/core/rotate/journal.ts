import type { Canonical } from '../canonical.ts'
import type { Shape } from '../shape.ts'
import { dictionary, flag, integer, list, nullable, oneOf, shape, text } from '../shape.ts'

/** How far one credential has come. Forward: `proposed` (recorded, nothing done upstream yet), `installed` (upstream has
 *  the new value), `verified` (it lets us in), `delivered` (every host of the run runs it, proved), `promoted` (the
 *  project holds it; the old one waits for its end). Back: `returning` (the old value goes out to the hosts again),
 *  `withdrawing` (no host needs the new one any more: it is ended upstream). What is over is no longer in the journal. */
export const rotationStates = [
  'proposed',
  'installed',
  'verified',
  'delivered',
  'promoted',
  'returning',
  'withdrawing',
] as const
export type RotationState = (typeof rotationStates)[number]

/** Names with values, or with versions. A name that a side lacks had no value there. */
type Named<T> = Readonly<Record<string, T>>

/** One credential whose rotation is not over, with the values it needs to go either way. Sealed with the ledger. */
export interface OpenCredential {
  /** As in the plan: `aws`, `session/SESSION_KEY`. */
  readonly id: string
  readonly with: string
  /** Of its `rotate:` map what must not change meanwhile; null: whoever began it wrote nothing down. */
  readonly settings: Named<string> | null
  readonly group: string
  readonly host: string | null
  readonly names: readonly string[]
  /** Id of the rotation that it belongs to. */
  readonly rotation: string
  readonly state: RotationState
  readonly isEmergency: boolean
  /** The end of the old value has begun upstream, or is done: there is no way back. */
  readonly isOldEnded: boolean
  readonly marks: Named<string>
  /** New values; those that upstream makes come with `installed`. */
  readonly pending: Named<string>
  readonly former: Named<string>
  /** Version of each new value; of the old one where it goes out again. */
  readonly versions: Named<number>
  /** Versions in force when it began; 0: none. */
  readonly from: Named<number>
  /** ISO: what `set` and `rotated` say of the new values. */
  readonly set: string
  /** ISO, by name: when the old values were rotated last. */
  readonly formerlyRotated: Named<string>
  /** Milliseconds from `promoted` on. */
  readonly overlap: number
  /** ISO; null before. */
  readonly promoted: string | null
  /** Hosts that are not waited for any more: a person said so. */
  readonly abandoned: readonly string[]
  /** What went wrong last; null: nothing. */
  readonly problem: string | null
}

/** The rotation at work, or cut off: from its first record until all it began is promoted, or withdrawn. */
export interface OpenRotation {
  /** Eight hex digits: its plan's id. */
  readonly id: string
  /** The run that works on it, or was the last to. */
  readonly run: string
  /** Generations before this revision have old passwords. */
  readonly revision: number
  readonly at: string
  readonly by: string
  readonly reason: string | null
  /** Hosts that it delivers to. */
  readonly hosts: readonly string[]
  /** They all get a new generation, changed secrets or not. */
  readonly renews: boolean
  /** By host, as in PastRotation; absent: nothing was delivered yet. */
  readonly proofs?: Readonly<Record<string, string>>
}

/** One that is over. */
export interface PastRotation {
  readonly id: string
  readonly at: string
  readonly ended: string
  readonly by: string
  readonly reason: string | null
  readonly isEmergency: boolean
  /** Ids of credentials, and what became of each. */
  readonly credentials: Readonly<Record<string, CredentialEnd>>
  /** By host: how it was proved that its containers run the new values, in words; empty: it was not. */
  readonly hosts: Readonly<Record<string, string>>
}

/** `abandoned`: the former value is in force here, and a person left the new one upstream as it was. */
export const credentialEnds = ['retired', 'promoted', 'withdrawn', 'failed', 'abandoned'] as const
export type CredentialEnd = (typeof credentialEnds)[number]

const keptRotations = 50

/** What the ledger holds of rotations; each member is absent where there is nothing to say. */
export interface RotationJournal {
  readonly rotation?: OpenRotation | null
  /** The run that holds the fleet for a rotation, until it lets go; also while it ends former values, when nothing is on
   *  its way any more. One that is cut off stays. */
  readonly atWork?: string
  readonly credentials?: readonly OpenCredential[]
  /** The last fifty, newest last. */
  readonly rotations?: readonly PastRotation[]
  /** By name of secret (`NAME`, or `NAME@host` for the value of one host): values of a version before this one are ended.
   *  No generation that holds one stays on a host, and none is gone back to. */
  readonly ended?: Readonly<Record<string, number>>
  /** By the same keys: the version under which a former value was given back. Each before it may be the same value, until
   *  a later rotation of that secret has ended that. */
  readonly returned?: Readonly<Record<string, number>>
}

export const endedKey = (name: string, host: string | null): string => (host === null ? name : `${name}@${host}`)

/** Of such a key: no name of a secret has an @ in it. */
export const nameOf = (key: string): string => key.split('@', 1)[0] ?? key

export const openCredentials = ({ credentials = [] }: RotationJournal): readonly OpenCredential[] => credentials

/** Those of the rotation that is at work: still on their way to the hosts, or back. */
export const onTheWay = (journal: RotationJournal): readonly OpenCredential[] =>
  openCredentials(journal).filter((one) => one.state !== 'promoted')

/** The secret that takes the former value, and is delivered as well; null: there is none. */
export const previousIn = ({ names, versions }: Pick<OpenCredential, 'names' | 'versions'>): string | null =>
  Object.keys(versions).find((name) => !names.includes(name)) ?? null

/** Those whose old value waits for its end. */
export const waiting = (journal: RotationJournal): readonly OpenCredential[] =>
  openCredentials(journal).filter((one) => one.state === 'promoted')

export const withRotation = <T extends RotationJournal>(ledger: T, rotation: OpenRotation): T => ({
  ...ledger,
  rotation,
})

/** Puts the credentials in, each in the place of the one of the same id. */
export const withCredentials = <T extends RotationJournal>(ledger: T, credentials: readonly OpenCredential[]): T => ({
  ...ledger,
  credentials: credentials.reduce(withCredential, openCredentials(ledger)),
})

const withCredential = (all: readonly OpenCredential[], one: OpenCredential): readonly OpenCredential[] =>
  all.some(({ id }) => id === one.id) ? all.map((each) => (each.id === one.id ? one : each)) : [...all, one]

/** The credential is over: its values go. */
export const withoutCredential = <T extends RotationJournal>(ledger: T, id: string): T => ({
  ...ledger,
  credentials: openCredentials(ledger).filter((one) => one.id !== id),
})

/** Nothing of the rotation is on its way any more. */
export const withoutRotation = <T extends RotationJournal>(ledger: T): T => ({ ...ledger, rotation: null })

/** Notes what became of credentials of a rotation: what was said of it before stays. */
export const withPast = <T extends RotationJournal>(ledger: T, past: PastRotation): T => {
  const all = ledger.rotations ?? []
  const before = all.find((one) => one.id === past.id)
  const next: PastRotation =
    before === undefined
      ? past
      : {
          ...before,
          ended: past.ended,
          credentials: { ...before.credentials, ...past.credentials },
          hosts: { ...before.hosts, ...past.hosts },
        }
  return { ...ledger, rotations: [...all.filter((one) => one !== before), next].slice(-keptRotations) }
}

/** The same for hosts that were proved after that; of a rotation that is not over nothing is noted. */
export const withPastProofs = <T extends RotationJournal>(ledger: T, id: string, proofs: PastRotation['hosts']): T => {
  const { rotations } = ledger
  if (rotations === undefined) return ledger
  const withThem = (one: PastRotation): PastRotation =>
    one.id === id ? { ...one, hosts: { ...one.hosts, ...proofs } } : one
  return { ...ledger, rotations: rotations.map(withThem) }
}

/** Values before those of this credential are ended. A random value that is delivered as the previous one is none. */
export const withEnded = <T extends RotationJournal>(ledger: T, one: OpenCredential): T => {
  const mine = Object.entries(one.versions).map(([name, version]) => [endedKey(name, one.host), version] as const)
  return { ...ledger, ended: { ...ledger.ended, ...Object.fromEntries(mine) } }
}

/** The same where that was the value in force before: with it ends whatever was given back under an earlier version. */
export const withRetired = <T extends RotationJournal>(ledger: T, one: OpenCredential): T => {
  const mine = new Set(Object.keys(one.versions).map((name) => endedKey(name, one.host)))
  const left = Object.entries(ledger.returned ?? {}).filter(([key]) => !mine.has(key))
  return { ...withEnded(ledger, one), returned: Object.fromEntries(left) }
}

/** The former values of this credential are in force again, under its versions. */
export const withReturned = <T extends RotationJournal>(ledger: T, one: OpenCredential): T => {
  const mine = Object.entries(one.versions)
    .filter(([name]) => one.former[name] !== undefined)
    .map(([name, version]) => [endedKey(name, one.host), version] as const)
  return { ...ledger, returned: { ...ledger.returned, ...Object.fromEntries(mine) } }
}

const openCredential: Shape<OpenCredential> = shape({
  id: text,
  with: text,
  settings: nullable(dictionary(text)),
  group: text,
  host: nullable(text),
  names: list(text),
  rotation: text,
  state: oneOf(...rotationStates),
  isEmergency: flag,
  isOldEnded: flag,
  marks: dictionary(text),
  pending: dictionary(text),
  former: dictionary(text),
  versions: dictionary(integer),
  from: dictionary(integer),
  set: text,
  formerlyRotated: dictionary(text),
  overlap: integer,
  promoted: nullable(text),
  abandoned: list(text),
  problem: nullable(text),
})

const rotationMembers = shape<Omit<OpenRotation, 'proofs'> & { readonly proofs: PastRotation['hosts'] | null }>({
  id: text,
  run: text,
  revision: integer,
  at: text,
  by: text,
  reason: nullable(text),
  hosts: list(text),
  renews: flag,
  proofs: nullable(dictionary(text)),
})

const openRotation: Shape<OpenRotation> = (value, at) => {
  const { proofs, ...rotation } = rotationMembers(value, at)
  return { ...rotation, ...(proofs === null ? {} : { proofs }) }
}

const pastRotation: Shape<PastRotation> = shape({
  id: text,
  at: text,
  ended: text,
  by: text,
  reason: nullable(text),
  isEmergency: flag,
  credentials: dictionary(oneOf(...credentialEnds)),
  hosts: dictionary(text),
})

const members = shape<{
  readonly rotation: OpenRotation | null
  readonly atWork: string | null
  readonly credentials: readonly OpenCredential[] | null
  readonly rotations: readonly PastRotation[] | null
  readonly ended: Readonly<Record<string, number>> | null
  readonly returned: Readonly<Record<string, number>> | null
}>({
  rotation: nullable(openRotation),
  atWork: nullable(text),
  credentials: nullable(list(openCredential)),
  rotations: nullable(list(pastRotation)),
  ended: nullable(dictionary(integer)),
  returned: nullable(dictionary(integer)),
})

/** The journal's members of a ledger. */
export const journalShape: Shape<RotationJournal> = (value, at) => {
  const { rotation, atWork, credentials, rotations, ended, returned } = members(value, at)
  return {
    ...(rotation === null ? {} : { rotation }),
    ...(atWork === null ? {} : { atWork }),
    ...(credentials === null || credentials.length === 0 ? {} : { credentials }),
    ...(rotations === null ? {} : { rotations }),
    ...(ended === null ? {} : { ended }),
    ...(returned === null ? {} : { returned }),
  }
}

/** As canonical documents hold it: what is null is left out. */
export const plainJournal = (journal: RotationJournal): { readonly [key: string]: Canonical | undefined } => ({
  rotation: journal.rotation ? withoutNull({ ...journal.rotation }) : undefined,
  atWork: journal.atWork,
  credentials: listed(journal.credentials?.map((one) => withoutNull({ ...one }))),
  ended: versionsIn(journal.ended),
  returned: versionsIn(journal.returned),
  rotations: listed(journal.rotations?.map((one) => withoutNull({ ...one }))),
})

const versionsIn = (versions: Named<number> = {}): Canonical | undefined =>
  Object.keys(versions).length === 0 ? undefined : { ...versions }

const listed = (all: readonly Canonical[] = []): Canonical | undefined => (all.length === 0 ? undefined : all)

const withoutNull = (value: { readonly [key: string]: Canonical | null }): Canonical =>
  Object.fromEntries(Object.entries(value).flatMap(([key, one]) => (one === null ? [] : [[key, one]])))
