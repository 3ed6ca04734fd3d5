import { isoTime } from '../duration.ts'
import { openCredentials, type OpenCredential, type RotationJournal } from './journal.ts'

/** Milliseconds by which clocks may differ without any being wrong. */
const slack = 300_000

type Promoted = Pick<OpenCredential, 'promoted' | 'set'>

/** It was promoted at a time that is still to come, by a clock that was wrong. `latest`: now, in milliseconds since 1970, by
 *  whichever clock that counts is ahead. */
export const isMisdated = (one: Promoted, latest: number): boolean => promotedAt(one) - latest > slack

/** When the overlap of its former value began, in milliseconds since 1970: now, where what says so cannot be. */
export const overlapBegan = (one: Promoted, latest: number): number =>
  isMisdated(one, latest) ? latest : promotedAt(one)

/** The journal with dates that can be: an overlap that began at a time to come would not end for as long. */
export const redated = <T extends RotationJournal>(journal: T, latest: number): T => {
  const isWrong = (one: OpenCredential): boolean => one.state === 'promoted' && isMisdated(one, latest)
  if (!openCredentials(journal).some(isWrong)) return journal
  const promoted = isoTime(latest)
  return {
    ...journal,
    credentials: openCredentials(journal).map((one) => (isWrong(one) ? { ...one, promoted } : one)),
  }
}

const promotedAt = ({ promoted, set }: Promoted): number => Date.parse(promoted ?? set)
