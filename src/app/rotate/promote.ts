import { isoTime } from '../../core/duration.ts'
import { onTheWay, withCredentials, withoutRotation, type OpenCredential } from '../../core/rotate/journal.ts'
import { changeProject } from '../project/change-project.ts'
import { pathOfWrite } from '../secrets/plan-change.ts'
import { withPending, writesOf } from './overlay.ts'
import { withEnd, type Saga } from './saga.ts'

/** The project holds from now on what the hosts run. Each clone that goes on with a rotation does this for itself: the
 *  records are the same ones.
 *  @throws CONFLICT where somebody gave one of the secrets another value meanwhile */
export const writeToProject = async (
  { context: { ports, open, log, written } }: Saga,
  credentials: readonly OpenCredential[],
): Promise<void> => {
  const writes = credentials.flatMap(writesOf)
  if (writes.length === 0) return
  const names = { secrets: [...new Set(writes.map(({ name }) => name))] }
  await log.write({ action: 'change', names, result: 'begun' })
  await changeProject(ports, open, { writes })
  for (const write of writes) written.push({ ...write.record, name: write.name, path: pathOfWrite(write) })
  await log.tell({ action: 'change', names, result: 'done' })
}

/** What was delivered is promoted; from now on the former value waits for its end. */
export const promote = async (saga: Saga, credentials: readonly OpenCredential[]): Promise<void> => {
  const { journal, context, done } = saga
  await writeToProject(saga, credentials)
  const at = isoTime(context.ports.clock.now())
  const promoted = credentials.map((one): OpenCredential => ({
    ...one,
    state: 'promoted',
    promoted: at,
    problem: null,
  }))
  await journal.write((ledger) => {
    const next = withEnd(
      saga,
      withCredentials(ledger, promoted),
      promoted.map((one) => [one, 'promoted'] as const),
    )
    return onTheWay(next).length === 0 ? withoutRotation(next) : next
  })
  saga.project = withPending(saga.project, credentials)
  for (const { id } of promoted) done.set(id, 'promoted')
}
