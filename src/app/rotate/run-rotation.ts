import { SecretsError } from '../../core/errors.ts'
import type { DeliveryReport } from '../../core/fleet/delivery-report.ts'
import { onTheWay, type OpenCredential } from '../../core/rotate/journal.ts'
import type { RotationReport } from '../../core/rotate/rotation-report.ts'
import { makeBackup, recoveryOf } from '../backup/make-backup.ts'
import { deliverPart } from './deliver-part.ts'
import { goBack } from './go-back.ts'
import { goForward } from './go-forward.ts'
import { keepersShort } from './keepers.ts'
import { refusalNote } from './refusal-note.ts'
import { hostsOfAll } from './given-hosts.ts'
import { withReturn } from './plan-return.ts'
import { checkMissing, planRotation, type RotationPlan } from './plan-rotation.ts'
import { retireAll, rowsNow } from './retire.ts'
import type { RotationContext } from './rotation-context.ts'
import type { Saga } from './saga.ts'
import { checkTurningBack } from './take-back.ts'
import { problemText } from './upstream.ts'
import { openSaga } from './open-saga.ts'
import { reportOf, type Before } from './report-rotation.ts'

/** One run of `rotate` over hosts that have been looked at: plans, and unless it is a check, does.
 *  @throws what refused the plan; UNAVAILABLE, CONFLICT where the journal could not be kept: --resume goes on */
export const runRotation = async (context: RotationContext): Promise<RotationReport> => {
  const { options } = context
  const plan = await planRotation(context)
  if (options.mode === 'abort') await checkTurningBack(context, plan.ledger)
  if (!hasWork(plan, context)) return reportOf(context, plan, null)
  const short = keepersShort(context)
  if (options.check) {
    const shown = options.mode === 'new' ? plan : await withReturn(context, plan)
    const refusals = [short, await backupRefusal(context)].flatMap((one) => one ?? [])
    const report = reportOf(context, { ...shown, notes: [...shown.notes, ...refusals.map(refusalNote)] }, null)
    return { ...report, isRefused: refusals.length > 0 }
  }
  if (options.mode === 'new') checkMissing(plan, context)
  if (short !== null) throw short
  const before = await backupBefore(context)
  const saga = await openSaga(context, plan)
  const reports: DeliveryReport[] = []
  try {
    reports.push(...(await advance(saga, plan)))
  } finally {
    await release(saga)
  }
  return reportOf(context, plan, { saga, reports, before })
}

/** Why no backup can be made, which a run that is no emergency does not begin without; null: nothing stands in the way. */
const backupRefusal = async ({ open, options }: RotationContext): Promise<SecretsError | null> => {
  if (options.isEmergency) return null
  try {
    recoveryOf(await open.metadata())
    return null
  } catch (error) {
    if (error instanceof SecretsError) return error
    throw error
  }
}

const hasWork = (
  { planned, renews, open, waiting, behind, fleet, ledger }: RotationPlan,
  { options }: RotationContext,
): boolean => {
  if (options.mode === 'abort') return true
  // a date that is wrong is put right: nothing would end before it otherwise
  const isEnding = waiting.some(({ why, isMisdated }) => why === null || isMisdated)
  if (planned.length > 0 || renews || isEnding || behind.length > 0) return true
  // hosts may not have heard how the last run ended, or that it has
  const isBehind = fleet.intent !== null || ledger.atWork !== undefined
  return options.mode === 'resume' && (isBehind || onTheWay({ credentials: open }).length > 0)
}

const advance = async (saga: Saga, plan: RotationPlan): Promise<readonly DeliveryReport[]> => {
  const { context } = saga
  const isNamed = context.options.names.length > 0 || plan.exposed !== null
  const forward = context.options.mode === 'abort' ? null : await goForward(saga)
  const back = await goBack(saga)
  const mine = new Set([...plan.planned.map(({ opening }) => opening.id), ...plan.waiting.map(({ open }) => open.id)])
  const isMine = ({ id }: OpenCredential): boolean => !isNamed || mine.has(id)
  if (context.options.mode !== 'abort' && (saga.journal.ledger().rotation ?? null) === null)
    context.options.onStage('ending')
  const brought = await bringUp(saga, plan, isMine)
  const ended = context.options.mode === 'abort' ? [] : await retireAll(saga, isMine)
  const swept = await sweep(saga, plan, ended)
  return [forward, ...back, brought, swept].flatMap((one) => one ?? [])
}

/** What was promoted goes to hosts that were not there then: without it they keep its former value from ending. Not while
 *  something is on its way: to those that have that already this would be a way back. */
const bringUp = async (
  saga: Saga,
  { behind }: RotationPlan,
  isMine: (open: OpenCredential) => boolean,
): Promise<DeliveryReport | null> => {
  if ((saga.journal.ledger().rotation ?? null) !== null) return null
  const waiting = rowsNow(saga).filter(({ open, problem }) => problem === null && isMine(open))
  const hosts = behind.filter((host) => waiting.some((one) => one.hosts.includes(host)))
  const about = waiting.map(({ open }) => open)
  return hosts.length === 0 ? null : deliverPart(saga, [], { hosts, renew: null, about })
}

/** Generations that hold a value which is ended go from the hosts. */
const sweep = async (
  saga: Saga,
  { open, planned }: RotationPlan,
  ended: readonly string[],
): Promise<DeliveryReport | null> => {
  const all = [...open, ...planned.map(({ opening }) => opening)].filter(({ id }) => ended.includes(id))
  const hosts = hostsOfAll(saga.context.truth, all)
  return hosts.length === 0 ? null : deliverPart(saga, [], { hosts, renew: null, about: all })
}

/** An emergency goes on without. */
const backupBefore = async ({ ports, open, options }: RotationContext): Promise<Before> => {
  options.onStep('makes a backup and verifies it')
  try {
    return { backup: (await makeBackup(ports, open)).listed.name, leftOut: [] }
  } catch (error) {
    if (!(error instanceof SecretsError) || !options.isEmergency) throw error
    return { backup: null, leftOut: [`no backup was made before: ${problemText(error)}`] }
  }
}

/** Nobody waits for a host that cannot be told. */
const release = async ({ journal }: Saga): Promise<void> => {
  try {
    await journal.release()
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
  }
}
