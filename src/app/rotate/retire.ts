import { withRetired, withoutCredential, type OpenCredential } from '../../core/rotate/journal.ts'
import { keep, tellEnd, together, withEnd, type Saga } from './saga.ts'
import { asked, attemptOf, problemText, Refused } from './upstream.ts'
import { waitingRows, type WaitingRow } from './waiting-rows.ts'

/** Milliseconds of overlap that a run waits for itself. */
export const longestWait = 120_000

/** Ends the former values whose time has come: upstream first, then in the journal, then on the hosts. `isMeant` chooses
 *  among those that wait. Gives the ids of what is ended. */
export const retireAll = async (saga: Saga, isMeant: (open: OpenCredential) => boolean): Promise<readonly string[]> => {
  await waitForOverlap(saga, isMeant)
  const ready = rowsNow(saga).filter(({ open, why }) => why === null && isMeant(open))
  const ended = await together(
    saga,
    ready.map(({ open }) => open),
    (open) => retireOne(saga, open),
  )
  return ended.flatMap((id) => id ?? [])
}

/** As far as this run has come. */
export const rowsNow = ({ context, journal, project, proven }: Saga): readonly WaitingRow[] =>
  waitingRows({ ...context, project }, journal.ledger(), proven)

/** A short overlap is waited for; the next run takes care of a longer one. */
const waitForOverlap = async (saga: Saga, isMeant: (open: OpenCredential) => boolean): Promise<void> => {
  const { context } = saga
  const short = rowsNow(saga).filter(
    ({ open, left, hosts, problem }) => isMeant(open) && hosts.length === 0 && problem === null && left <= longestWait,
  )
  const left = Math.max(0, ...short.map((one) => one.left))
  if (left === 0) return
  context.options.onStep(`waits ${Math.ceil(left / 1000)} s for the overlap to end`)
  await context.ports.clock.sleep(left, context.signal)
}

const retireOne = async (saga: Saga, open: OpenCredential): Promise<string | null> => {
  const { context, journal } = saga
  let isOldEnded = open.isOldEnded
  try {
    const rotator = await asked(() => saga.rotatorOf(open))
    // whoever has taken the fleet over says so here, before anything is ended
    const ending: OpenCredential = { ...open, isOldEnded: true, problem: null }
    await keep(saga, ending)
    tellEnd(saga, rotator, `${open.id}: ends the former value`)
    isOldEnded = true
    await asked(() => rotator.retire(attemptOf(saga.project, ending, context.signal)))
    await journal.write((ledger) =>
      withEnd(saga, withRetired(withoutCredential(ledger, open.id), open), [[open, 'retired']]),
    )
    saga.done.set(open.id, 'retired')
    return open.id
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    saga.problems.set(open.id, error.problem)
    await keep(saga, { ...open, isOldEnded, problem: problemText(error.problem) })
    return null
  }
}
