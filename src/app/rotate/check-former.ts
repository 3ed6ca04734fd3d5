import { fail, hasCode } from '../../core/errors.ts'
import type { OpenCredential } from '../../core/rotate/journal.ts'
import type { Saga } from './saga.ts'
import { attemptOf } from './upstream.ts'

/** Before former values go out again in the place of new ones that work: a person may have ended them by now.
 *  @throws DENIED where their rotator says so; UNAVAILABLE */
export const checkFormer = async (
  { context, project, rotatorOf }: Pick<Saga, 'context' | 'project' | 'rotatorOf'>,
  credentials: readonly OpenCredential[],
): Promise<void> => {
  for (const one of credentials.filter(({ state, isOldEnded }) => state === 'promoted' && !isOldEnded)) {
    const rotator = await rotatorOf(one)
    if (rotator.endsNothing !== true) continue
    const attempt = attemptOf(project, one, context.signal)
    try {
      await rotator.verify({ ...attempt, pending: attempt.former })
    } catch (error) {
      if (!hasCode(error, 'DENIED')) throw error
      throw fail('DENIED', 'the former value is refused: somebody has ended it', {
        at: one.id,
        hint: 'the new one is in force and stays so; lockstep rotate --resume closes the rotation',
        cause: error,
      })
    }
  }
}
