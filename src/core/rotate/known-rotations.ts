import { day, formatDuration, isoTime } from '../duration.ts'
import { finding, type Finding } from '../audit/findings.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { waiting, type CredentialEnd, type RotationJournal } from './journal.ts'

/** What the calendar needs to know of rotations; names and times (milliseconds since 1970) alone. */
export interface KnownRotations {
  /** At work, or cut off, since it began or was last seen at work; null: none. */
  readonly half: { readonly id: string; readonly since: number; readonly by: string } | null
  /** Credentials whose former value is still valid. */
  readonly waiting: readonly KnownWaiting[]
  /** Credentials whose last rotation was taken back because something refused it. */
  readonly failed: readonly { readonly id: string; readonly at: number }[]
  /** When something of one last came to its end; null: never. */
  readonly ended: number | null
}

export interface KnownWaiting {
  readonly id: string
  /** When its overlap began; null: an older lockstep did not say. */
  readonly since: number | null
  /** When its overlap was over. */
  readonly over: number
  readonly problem: string | null
}

/** As the journal says it. What lockstep.yaml no longer rotates has not failed. `seen`: now, in milliseconds since 1970,
 *  where a run is at work; else null. */
export const knownRotations = (
  journal: RotationJournal,
  { groups }: Pick<Manifest, 'groups'>,
  seen: number | null = null,
): KnownRotations => {
  const half = journal.rotation ?? null
  const past = journal.rotations ?? []
  const last = new Map<string, { readonly end: CredentialEnd; readonly at: number }>()
  for (const { ended, credentials } of past)
    for (const [id, end] of Object.entries(credentials)) last.set(id, { end, at: timeOf(ended) })
  const isRotated = (id: string): boolean =>
    groups.some(({ name, rotate }) => rotate !== null && id.split(/[/@]/)[0] === name)
  return {
    half: half === null ? null : { id: half.id, since: seen ?? timeOf(half.at), by: half.by },
    waiting: waiting(journal).map(({ id, promoted, set, overlap, problem }) => ({
      id,
      since: timeOf(promoted ?? set),
      over: timeOf(promoted ?? set) + overlap,
      problem,
    })),
    failed: [...last].flatMap(([id, { end, at }]) => (end === 'failed' && isRotated(id) ? [{ id, at }] : [])),
    ended: past.length === 0 ? null : Math.max(...past.map(({ ended }) => timeOf(ended))),
  }
}

const timeOf = (text: string): number => Date.parse(text) || 0

/** Milliseconds that a rotation may be at work before nobody believes it any more. */
const longestRun = 3_600_000

/** What of them somebody has to look at, the same for an audit as for whoever knows the calendar alone. */
export const rotationFindings = (
  { half, waiting: waits, failed }: Omit<KnownRotations, 'ended'>,
  now: number,
): readonly Finding[] => [
  // a time to come was written by a clock that was wrong
  ...(half === null || Math.abs(now - half.since) <= longestRun
    ? []
    : [
        finding('ROTATION-STUCK', {
          host: null,
          path: `rotation ${half.id}`,
          message: `is half-done since ${isoTime(half.since)}: begun by ${half.by}`,
          fix: 'lockstep rotate --resume, or lockstep rotate --abort',
        }),
      ]),
  ...waits
    .filter(({ over }) => now - over > day)
    .map(({ id, over, problem }) =>
      finding('ROTATION-STUCK', {
        host: null,
        path: id,
        message: `its former value is still valid, ${formatDuration(daysOf(now - over))} after it was to end${problem === null ? '' : ` (${problem})`}`,
        fix: 'lockstep rotate --resume; lockstep rotate --check says what it waits for',
      }),
    ),
  // the same: it would not end for as long
  ...waits
    .filter(({ since }) => since !== null && since - now > longestRun)
    .map(({ id, since }) =>
      finding('ROTATION-STUCK', {
        host: null,
        path: id,
        message: `its former value is still valid, and its overlap began at a time to come: ${isoTime(since ?? 0)}`,
        fix: 'see to the clocks (date); lockstep rotate --resume counts it from now on',
      }),
    ),
  ...failed.map(({ id, at }) =>
    finding('ROTATION-FAILED', {
      host: null,
      path: id,
      message: `its new value was refused and taken back on ${isoTime(at).slice(0, 10)}: the former one is in force`,
      fix: `lockstep rotate ${id}`,
    }),
  ),
]

const daysOf = (milliseconds: number): number => Math.floor(milliseconds / day) * day
