import { SecretsError, fail, hasCode } from '../../core/errors.ts'
import { few } from '../../core/names.ts'
import { onTheWay, type OpenCredential } from '../../core/rotate/journal.ts'
import type { Attempt, Rotator } from '../../core/rotate/rotator.ts'
import { inWaves, keep, tellEnd, together, type Saga } from './saga.ts'
import { withdrawOne } from './take-back.ts'
import { asked, attemptOf, problemText, Refused, withInstalled } from './upstream.ts'

/** Has upstream accept every new value that is not accepted yet, and logs in with it. One that is refused is taken back,
 *  and does not stop the others. Whoever needs an administrator's value comes before that itself is changed.
 *  @throws CONFLICT, UNAVAILABLE where the journal could not be kept: with the names of what nobody has in writing */
export const installAll = async (saga: Saga): Promise<void> => {
  const begun = onTheWay(saga.journal.ledger())
  const isToDo = ({ state }: OpenCredential): boolean => state === 'proposed' || state === 'installed'
  const { others, administrators } = inWaves(saga, begun.filter(isToDo))
  try {
    for (const wave of [others, administrators]) await together(saga, wave, (one) => installOne(saga, one))
  } catch (error) {
    throw withUntold(saga, error)
  }
}

/** Where another run has taken the fleet over, what was installed last is known to neither. */
const withUntold = ({ untold }: Saga, error: unknown): unknown => {
  if (!hasCode(error, 'CONFLICT') || untold.size === 0) return error
  return fail(
    'CONFLICT',
    `${error.message}; upstream may accept a new value of ${few([...untold])} that nobody keeps`,
    {
      ...(error.at === undefined ? {} : { at: error.at }),
      hint: 'see lockstep rotate history and lockstep status; where no rotation of it is open, end that value where it was made',
      cause: error,
    },
  )
}

const installOne = async (saga: Saga, open: OpenCredential): Promise<void> => {
  const { context } = saga
  const { signal } = context
  const rotator = await rotatorFor(saga, open)
  if (rotator === null) return
  try {
    let current = open
    const attempt = (): Attempt => attemptOf(saga.project, current, signal)
    if (current.state === 'proposed') {
      if (current.isEmergency && rotator.installEnds === true) {
        current = { ...current, isOldEnded: true }
        await keep(saga, current)
      } else await saga.journal.hold()
      context.options.onStep(`${open.id}: installs the new value`)
      current = await asked(async () => withInstalled(current, await rotator.install(attempt())))
      saga.untold.add(open.id)
      await keep(saga, current)
      saga.untold.delete(open.id)
    }
    context.options.onStep(`${open.id}: verifies the new value`)
    await asked(() => rotator.verify(attempt()))
    if (current.isEmergency && rotator.oldStays === 'both') {
      // from here on there may be no way back
      current = { ...current, isOldEnded: true }
      await keep(saga, current)
      tellEnd(saga, rotator, `${open.id}: ends the former value`)
      await asked(() => rotator.retire(attempt()))
    }
    await keep(saga, { ...current, state: 'verified', problem: null })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { problem } = error
    saga.problems.set(open.id, problem)
    if (hasCode(problem, 'UNAVAILABLE')) await stayThere(saga, open.id, problemText(problem))
    else await takeBack(saga, open.id, problemText(problem))
  }
}

/** Where lockstep.yaml no longer says how, it stays as it is until that is mended. */
const rotatorFor = async (saga: Saga, open: OpenCredential): Promise<Rotator | null> => {
  try {
    return await saga.rotatorOf(open)
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    saga.problems.set(open.id, error)
    await stayThere(saga, open.id, problemText(error))
    return null
  }
}

/** Nobody knows whether upstream did it: whoever goes on looks. */
const stayThere = async (saga: Saga, id: string, problem: string): Promise<void> => {
  const open = onTheWay(saga.journal.ledger()).find((one) => one.id === id)
  if (open !== undefined) await keep(saga, { ...open, problem })
}

/** The old value is in force everywhere: what was begun upstream is ended there. */
const takeBack = async (saga: Saga, id: string, problem: string): Promise<void> => {
  const open = onTheWay(saga.journal.ledger()).find((one) => one.id === id)
  if (open === undefined) return
  // what was to end it was refused: where the old value is void all the same it stays where it is
  if (open.isOldEnded && open.state === 'proposed') return withdrawOne(saga, { ...open, problem })
  if (open.isOldEnded) return stayThere(saga, id, problem)
  const back: OpenCredential = { ...open, state: 'withdrawing', problem }
  await keep(saga, back)
  await withdrawOne(saga, back)
}
