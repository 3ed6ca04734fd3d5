import type { ProjectSecret } from '../fleet/desired.ts'
import type { Credential } from './credential.ts'
import { writtenNames } from './credentials.ts'
import { endedBefore, returnedAs } from './ended.ts'
import { waiting, type CredentialEnd, type OpenCredential, type PastRotation, type RotationJournal } from './journal.ts'
import type { Readable } from './readable.ts'

/** What a version that somebody could read is good for now, the worst first. `valid`: it is in force. `previous`: it is still delivered as
 *  the value before the one in force. `former`: it was replaced, and waits for its end upstream. `unended`: it was replaced
 *  here, and nothing says that its upstream takes it no more. `replaced`: it is void. `removed`: the project has no secret
 *  of that name any more; whether it was ended is not known. */
export const exposures = ['valid', 'previous', 'former', 'unended', 'removed', 'replaced'] as const
export type Exposure = (typeof exposures)[number]

/** One secret, in one version, that somebody could read. */
export interface ExposedSecret {
  readonly name: string
  /** Null: the project no longer has it. */
  readonly group: string | null
  readonly host: string | null
  /** Null: those before the one in force. */
  readonly version: number | null
  readonly inForce: number | null
  readonly state: Exposure
  /** ISO: when it was replaced; null: it was not, or nobody knows. */
  readonly since: string | null
  /** Id of the credential by which it is rotated; null: nothing says how. */
  readonly credential: string | null
  readonly proofs: readonly string[]
}

export interface ExposureFacts {
  readonly secrets: readonly ProjectSecret[]
  readonly credentials: readonly Credential[]
  /** Ids of those whose rotator ends nothing upstream: a person does, or nobody. */
  readonly endsNothing: ReadonlySet<string>
  readonly journal: RotationJournal
}

/** What is to be done about it. `set`: by hand, as nothing says how it is rotated. `end`: its former value has to be
 *  ended. `look`: by a person, upstream. */
export type Remedy = 'rotate' | 'set' | 'end' | 'look' | 'none'

export const remedyOf = ({ state, credential }: Pick<ExposedSecret, 'state' | 'credential'>): Remedy => {
  if (state === 'valid' || state === 'previous') return credential === null ? 'set' : 'rotate'
  if (state === 'former') return 'end'
  return state === 'removed' || state === 'unended' ? 'look' : 'none'
}

/** Whom it is about, and all they could read. */
export interface Exposed {
  readonly who: string
  readonly kind: 'host' | 'operator'
  /** Secrets are changed there: it opens the whole project, with its password. */
  readonly isControl: boolean
  /** They get the new values as well. */
  readonly readsOn: boolean
  readonly secrets: readonly ExposedSecret[]
}

/** Ids of the credentials to which this is to be done. */
export const credentialsFor = ({ secrets }: Pick<Exposed, 'secrets'>, remedy: Remedy): ReadonlySet<string> =>
  new Set(secrets.flatMap((one) => (remedyOf(one) === remedy && one.credential !== null ? [one.credential] : [])))

/** Judges every version that could be read, by name and version; proofs of the same one stand together. Where two values
 *  cannot be told apart for certain, the one in force counts as read. */
export const exposedSecrets = (readable: readonly Readable[], facts: ExposureFacts): readonly ExposedSecret[] => {
  const found = new Map<string, ExposedSecret>()
  const newest = latest(readable)
  for (const one of readable)
    for (const secret of judge({ ...one, at: newest(one) }, facts)) {
      const key = [secret.name, secret.host, secret.version].join(' ')
      const before = found.get(key)
      const worse = before === undefined || rank(secret) < rank(before) ? secret : before
      const proofs = [...new Set([...(before?.proofs ?? []), ...secret.proofs])]
      found.set(key, { ...worse, proofs })
    }
  return [...found.values()].sort(inOrder)
}

const rank = ({ state }: ExposedSecret): number => exposures.indexOf(state)

const inOrder = (a: ExposedSecret, b: ExposedSecret): number =>
  rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || (b.version ?? 0) - (a.version ?? 0)

/** When a version was in force last, by any of what says so. */
const latest = (readable: readonly Readable[]): ((one: Readable) => string) => {
  const times = new Map<string, string>()
  for (const { name, version, at } of readable) {
    const key = `${name} ${version ?? ''}`
    if ((times.get(key) ?? '') < at) times.set(key, at)
  }
  return ({ name, version, at }) => times.get(`${name} ${version ?? ''}`) ?? at
}

const judge = (one: Readable, facts: ExposureFacts): readonly ExposedSecret[] => {
  const places = one.owners.flatMap(
    (owner) => facts.secrets.find(({ name, host }) => name === one.name && host === owner) ?? [],
  )
  const [first] = places
  if (first === undefined) return [removed(one)]
  const countsAs = (place: ProjectSecret): number | null => asReturned(one.version, place, facts.journal)
  const exact = places.find((place) => place.version === countsAs(place))
  const inForce = exact ?? (isNewest(one, places) ? first : null)
  if (inForce !== null) return [exposed(one, inForce, 'valid', facts)]
  const judged = places.map((place) =>
    exposed(one, place, stateOf({ ...one, version: countsAs(place) }, place, facts), facts),
  )
  const valid = judged.filter(({ state }) => state !== 'replaced')
  return valid.length > 0 ? valid : judged.slice(0, 1)
}

/** Where a former value was given back, any version before that may be this value: it is judged as the one that it has
 *  since. Null: whichever were before the one in force, and that is none of them. */
const asReturned = (version: number | null, place: ProjectSecret, journal: RotationJournal): number | null => {
  const returned = returnedAs(journal, place.name, place.host)
  if (version === null ? place.version > returned : version >= returned) return version
  // a clone that is behind does not know that version yet
  return Math.min(returned, place.version)
}

/** A clone that is behind does not know the version: then what it holds is not newer. */
const isNewest = ({ version, isInForce }: Readable, places: readonly ProjectSecret[]): boolean =>
  isInForce || (version !== null && places.every((place) => version > place.version))

const removed = ({ name, version, proof }: Readable): ExposedSecret => ({
  name,
  group: null,
  host: null,
  version,
  inForce: null,
  state: 'removed',
  since: null,
  credential: null,
  proofs: [proof],
})

const exposed = (
  { version, proof }: Readable,
  place: ProjectSecret,
  state: Exposure,
  { credentials, journal }: ExposureFacts,
): ExposedSecret => ({
  name: place.name,
  group: place.group,
  host: place.host,
  version,
  inForce: place.version,
  state,
  since: state === 'valid' ? null : place.set,
  credential: (credentialOf(place, credentials) ?? waitingOf(place, journal))?.id ?? null,
  proofs: [proof],
})

const credentialOf = (
  { group, host, name }: Pick<ProjectSecret, 'group' | 'host' | 'name'>,
  credentials: readonly Credential[],
): Credential | null =>
  credentials.find((one) => one.group === group && one.host === host && writtenNames(one).includes(name)) ?? null

/** Its credential, where the former value waits for its end. */
const waitingOf = (
  { group, host, name }: Pick<ProjectSecret, 'group' | 'host' | 'name'>,
  journal: RotationJournal,
): OpenCredential | null =>
  waiting(journal).find((open) => open.group === group && open.host === host && open.from[name] !== undefined) ?? null

/** Of a version that is not the one in force. */
const stateOf = ({ version, at }: Readable, place: ProjectSecret, facts: ExposureFacts): Exposure => {
  const { secrets, credentials, journal } = facts
  const credential = credentialOf(place, credentials)
  if (credential !== null) {
    const { id, rotate } = credential
    const past = (journal.rotations ?? []).filter(({ credentials: ends }) => ends[id] !== undefined)
    if (isBackAgain(past, id, place)) return 'valid'
    const isKept = secrets.some(
      ({ name, group, host }) => name === rotate.previous && group === place.group && host === place.host,
    )
    if (isKept && place.name !== rotate.previous && !isDropped(past, id, at)) return 'previous'
  }
  const from = waitingOf(place, journal)?.from[place.name]
  if (from !== undefined && (version === null || version === from)) return 'former'
  return credential !== null && isEnded(version, place, credential, facts) ? 'replaced' : 'unended'
}

/** A rotation ended it; what was replaced by hand, or is ended by a person, may be good for as long as nobody looks. */
const isEnded = (
  version: number | null,
  place: ProjectSecret,
  { id }: Credential,
  { journal, endsNothing }: ExposureFacts,
): boolean => (version ?? place.version - 1) < endedBefore(journal, place.name, place.host) && !endsNothing.has(id)

/** A rotation was taken back, and that gave the former value a new version. */
const isBackAgain = (past: readonly PastRotation[], id: string, { set }: ProjectSecret): boolean =>
  past.some(({ at, ended, credentials }) => {
    const end = credentials[id]
    return (end === 'withdrawn' || end === 'failed' || end === 'abandoned') && at <= set && set <= ended
  })

/** The second rotation since drops what the first kept as the previous value; one for an emergency keeps none. */
const isDropped = (past: readonly PastRotation[], id: string, since: string): boolean => {
  const later = past.filter(({ at, credentials }) => at > since && isNew(credentials[id]))
  return later.length > 1 || later.some(({ isEmergency }) => isEmergency)
}

const isNew = (end: CredentialEnd | undefined): boolean => end === 'promoted' || end === 'retired'
