import type { DesiredHost, ProjectSecret } from '../fleet/desired.ts'
import type { HostFacts } from '../fleet/host-facts.ts'
import type { LedgerHost } from '../fleet/ledger.ts'
import { few } from '../names.ts'
import { parseGroupPath, type Metadata } from '../secrets/metadata.ts'
import { endedKey, onTheWay, openCredentials, type OpenCredential, type RotationJournal } from './journal.ts'

type Ended = Pick<RotationJournal, 'ended'>

/** Values of this secret before this version are ended upstream, on this host; 0: none is. */
export const endedBefore = ({ ended = {} }: Ended, name: string, host: string | null): number =>
  ended[endedKey(name, host)] ?? 0

/** The version under which a former value of this secret was given back: one before it may be the same value; 0: none. */
export const returnedAs = (
  { returned = {} }: Pick<RotationJournal, 'returned'>,
  name: string,
  host: string | null,
): number => returned[endedKey(name, host)] ?? 0

/** Numbers of the generations on a host that hold a value which is ended, the one in force aside. */
export const endedGenerations = (
  ledger: Ended,
  known: LedgerHost | undefined,
  { desired, current }: { readonly desired: Pick<DesiredHost, 'host' | 'scopes'>; readonly current: number | null },
): readonly number[] =>
  (known?.generations ?? [])
    .filter(({ number }) => number !== current)
    .filter(({ secrets }) =>
      Object.entries(secrets).some(([name, version]) => version < endedBefore(ledger, name, ownerOf(desired, name))),
    )
    .map(({ number }) => number)

/** Secrets that this host should have in a version that is ended, or whose end has begun: a clone that says so is behind
 *  the fleet. As long as the new version is on its way (see `rotate --emergency`) hosts run what is ended, and only a way
 *  back to it, `rollBack`, is one too many. */
export const endedDesired = (
  ledger: Pick<RotationJournal, 'ended' | 'credentials'>,
  desired: Pick<DesiredHost, 'scopes'>,
  rollBack: readonly string[] = [],
): readonly string[] => {
  const ending = openCredentials(ledger).filter(({ isOldEnded }) => isOldEnded)
  const isEnding = ({ name, host, version }: ProjectSecret): boolean =>
    ending.some(
      (one) => isBefore(one, { name, host, version }) && (one.state === 'promoted' || rollBack.includes(name)),
    )
  return (desired.scopes[0]?.secrets ?? [])
    .filter((one) => one.version < endedBefore(ledger, one.name, one.host) || isEnding(one))
    .map(({ name }) => name)
}

/** Secrets that this host should have in a version that an emergency has ended, whose new one is still on its way. */
export const endedOnTheWay = (
  ledger: Pick<RotationJournal, 'credentials'>,
  desired: Pick<DesiredHost, 'scopes'>,
): readonly string[] => {
  const ending = onTheWay(ledger).filter(({ isOldEnded }) => isOldEnded)
  const secrets = desired.scopes[0]?.secrets ?? []
  return secrets.filter((secret) => ending.some((one) => isBefore(one, secret))).map(({ name }) => name)
}

/** Secrets whose value in force on a host lets nobody in any more, although their rotation is not over. */
export const endedInForce = (
  ledger: Pick<RotationJournal, 'credentials'>,
  { scopes }: Pick<HostFacts, 'scopes'>,
  desired: Pick<DesiredHost, 'scopes'>,
): readonly string[] => {
  const ending = openCredentials(ledger).filter(({ isOldEnded }) => isOldEnded)
  return Object.entries(scopes['host']?.manifest?.secrets ?? {})
    .filter(([name, { version }]) => {
      const secret = { name, version, host: ownerOf(desired, name) }
      return ending.some((one) => isBefore(one, secret))
    })
    .map(([name]) => name)
}

/** Of these, on one host; null: there are none. */
export const endedWords = (names: readonly string[]): string | null =>
  names.length === 0 ? null : `${few(names)} in force here ${names.length === 1 ? 'is' : 'are'} ended at the origin`

/** What brings such a host what lets it in again. */
export const endedFix = 'lockstep rotate --resume'

const isBefore = (
  one: Pick<OpenCredential, 'host' | 'versions'>,
  { name, host, version }: Pick<ProjectSecret, 'name' | 'host' | 'version'>,
): boolean => one.host === host && version < (one.versions[name] ?? 0)

/** Secrets of these metadata whose value is ended upstream, as far as this journal knows. */
export const endedIn = (ledger: Ended, { files }: Pick<Metadata, 'files'>): readonly string[] => [
  ...new Set(
    [...files].flatMap(([path, records]) =>
      [...records]
        .filter(([, { fingerprint }]) => fingerprint !== null)
        .filter(([name, { version }]) => version < endedBefore(ledger, name, parseGroupPath(path)?.host ?? null))
        .map(([name]) => name),
    ),
  ),
]

/** The host whose own value it has; null: the shared one. */
const ownerOf = ({ scopes }: Pick<DesiredHost, 'scopes'>, name: string): string | null =>
  scopes[0]?.secrets.find((one) => one.name === name)?.host ?? null
