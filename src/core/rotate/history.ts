import { onTheWay, type PastRotation, type RotationJournal, type RotationState } from './journal.ts'

/** A rotation that is over, or at least promoted: what waits for its end is added when that has come. */
export interface ToldRotation extends PastRotation {
  /** Milliseconds from its beginning to what happened to it last, overlap and all. */
  readonly took: number
}

/** A rotation that is half-done. */
export interface HalfRotation {
  readonly id: string
  readonly at: string
  readonly by: string
  readonly reason: string | null
  readonly hosts: readonly string[]
  /** Ids of credentials, and how far each has come. */
  readonly credentials: Readonly<Record<string, RotationState>>
}

export interface RotationHistory {
  readonly environment: string
  /** False: no host that keeps the ledger answered; it is told as it was last seen from here. */
  readonly isReached: boolean
  /** Null: none is. */
  readonly open: HalfRotation | null
  /** The last fifty, newest first. */
  readonly rotations: readonly ToldRotation[]
  readonly notes: readonly string[]
}

/** What the ledger holds of rotations, for people. */
export const toldRotations = (journal: RotationJournal): Pick<RotationHistory, 'open' | 'rotations'> => {
  const { rotation = null, rotations = [] } = journal
  return { open: rotation === null ? null : half(rotation, journal), rotations: rotations.map(told).sort(newestFirst) }
}

const told = (past: PastRotation): ToldRotation => ({
  ...past,
  took: Math.max(0, Date.parse(past.ended) - Date.parse(past.at)),
})

const newestFirst = (a: PastRotation, b: PastRotation): number => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)

const half = (
  { id, at, by, reason, hosts }: NonNullable<RotationJournal['rotation']>,
  journal: RotationJournal,
): HalfRotation => ({
  id,
  at,
  by,
  reason,
  hosts,
  credentials: Object.fromEntries(onTheWay(journal).map((one) => [one.id, one.state])),
})
