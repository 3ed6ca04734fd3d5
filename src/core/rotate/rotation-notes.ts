import { few } from '../names.ts'
import { atWorkWords, waitForRun, type AtWork } from './at-work.ts'
import { onTheWay, waiting, type RotationJournal } from './journal.ts'

/** What every look at the fleet says of rotations that are not over, with the command to type. Nobody types any while one
 *  is `atWork`. */
export const rotationNotes = (journal: RotationJournal, atWork: AtWork | null = null): readonly string[] =>
  atWork === null ? restingNotes(journal) : [`${atWorkWords(journal, atWork, aboutOf(journal))}; ${waitForRun}`]

const restingNotes = (journal: RotationJournal): readonly string[] => [
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
  return [`rotation ${half.id}${aboutOf(journal)} is half-done: lockstep rotate --resume, or lockstep rotate --abort`]
}

const aboutOf = (journal: RotationJournal): string => {
  const moving = onTheWay(journal).flatMap(({ names }) => names)
  return moving.length === 0 ? '' : ` (${few(moving)})`
}
