import type { DeliveryReport } from '../../core/fleet/delivery-report.ts'
import { fail } from '../../core/errors.ts'
import { few } from '../../core/names.ts'
import { onTheWay, withoutRotation } from '../../core/rotate/journal.ts'
import { deliverPart } from './deliver-part.ts'
import { hostsOf } from './plan-rotation.ts'
import type { Saga } from './saga.ts'
import { settleReturned, withdrawAll } from './take-back.ts'

/** From wherever it came to the former values: out to the hosts, into the project, and the new ones ended upstream once
 *  no host can need them. */
export const goBack = async (saga: Saga): Promise<DeliveryReport | null> => {
  const { context, journal } = saga
  const returning = onTheWay(journal.ledger()).filter(({ state }) => state === 'returning')
  const hosts = [...new Set(returning.flatMap((one) => hostsOf(context.truth, one)))]
  let report: DeliveryReport | null = null
  if (returning.length > 0) {
    report = await deliverPart(saga, returning, { hosts, renew: null })
    const behind = report.hosts.filter(
      ({ problem, host }) => problem !== null && !context.options.abandon.includes(host),
    )
    if (behind.length > 0) {
      const names = few(behind.map(({ host }) => host))
      const problem = fail('PARTIAL', `${names} may still need the new value`, {
        hint: 'lockstep rotate --abort again when that is mended; or --abandon-host',
      })
      for (const { id } of returning) saga.problems.set(id, problem)
      return report
    }
    await settleReturned(saga, returning)
  }
  await withdrawAll(saga)
  if (onTheWay(journal.ledger()).length === 0) await journal.write(withoutRotation)
  if (returning.length > 0) await deliverPart(saga, [], { hosts, renew: null })
  return report
}
