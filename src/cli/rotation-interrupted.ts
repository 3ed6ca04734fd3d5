import type { RotateOptions, RotationStage } from '../app/rotate/rotation-context.ts'

/** How a rotation stands that somebody cuts off, and what to type; `stage` null: it had not begun. */
export const interruptedWords = (mode: RotateOptions['mode'], stage: RotationStage | null): string => {
  if (stage === null) return mode === 'new' ? 'nothing was begun' : 'nothing was changed'
  if (stage === 'ending') return 'the new values are in force; lockstep rotate --resume ends the former ones'
  if (stage === 'over') return 'nothing is half-done; a backup is still to be made: lockstep backup'
  // what is on its way back goes nowhere else
  return mode === 'abort'
    ? 'lockstep rotate --resume, or --abort again, goes on taking it back'
    : 'lockstep rotate --resume goes on, --abort takes it back'
}
