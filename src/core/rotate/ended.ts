import type { DesiredHost } from '../fleet/desired.ts'
import type { LedgerHost } from '../fleet/ledger.ts'
import { parseGroupPath, type Metadata } from '../secrets/metadata.ts'
import { endedKey, type RotationJournal } from './journal.ts'

type Ended = Pick<RotationJournal, 'ended'>

/** Values of this secret before this version are ended upstream, on this host; 0: none is. */
export const endedBefore = ({ ended = {} }: Ended, name: string, host: string | null): number =>
  ended[endedKey(name, host)] ?? 0

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

/** Secrets that this host should have in a version that is ended: a clone that says so is behind the fleet. */
export const endedDesired = (ledger: Ended, desired: Pick<DesiredHost, 'scopes'>): readonly string[] =>
  (desired.scopes[0]?.secrets ?? [])
    .filter(({ name, host, version }) => version < endedBefore(ledger, name, host))
    .map(({ name }) => name)

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
