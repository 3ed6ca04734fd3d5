import { few } from '../names.ts'
import { onTheWay, waiting, type RotationJournal } from './journal.ts'

/** What every look at the fleet says of rotations that are not over, with the command to type. */
export const rotationNotes = (journal: RotationJournal): readonly string[] => [
  ...halfDoneNotes(journal),
  ...waiting(journal).map(
    ({ names, problem, isOldEnded }) =>
      `waiting ${few(names)}: ${isOldEnded ? 'the end of the former value has begun' : 'the former value is still valid'}${problem === null ? '' : ` (${problem})`}; lockstep rotate --resume ${isOldEnded ? 'goes on with it' : 'ends it once every host is in step and its overlap is over'}`,
  ),
]

/** Of the one that is on its way alone. */
export const halfDoneNotes = (journal: RotationJournal): readonly string[] => {
  const half = journal.rotation ?? null
  if (half === null) return []
  const moving = onTheWay(journal).flatMap(({ names }) => names)
  const about = moving.length === 0 ? '' : ` (${few(moving)})`
  return [`rotation ${half.id}${about} is half-done: lockstep rotate --resume, or lockstep rotate --abort`]
}
