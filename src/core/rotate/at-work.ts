import type { RotationJournal } from './journal.ts'

/** The run that works on a rotation now: most of the hosts that keep the ledger say that it still holds them. */
export interface AtWork {
  readonly run: string
  /** Who that is, as the hosts say it. */
  readonly by: string
}

/** What whoever looks meanwhile does. */
export const waitForRun = 'wait for that run: lockstep status --watch 10'

/** How it stands, in words; `rotation` null: nothing is on its way any more. */
export const atWorkWords = ({ rotation = null }: RotationJournal, { by }: AtWork, about = ''): string =>
  rotation === null
    ? `former values are being ended by ${by}`
    : `rotation ${rotation.id}${about} is being done by ${by}, begun ${rotation.at}`
