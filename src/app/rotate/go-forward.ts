import type { DeliveryReport, HostOutcome } from '../../core/fleet/delivery-report.ts'
import { onTheWay, withoutRotation, type OpenCredential } from '../../core/rotate/journal.ts'
import { deliverPart } from './deliver-part.ts'
import { installAll } from './install.ts'
import { hostsOfAll } from './given-hosts.ts'
import { promote } from './promote.ts'
import { keep, withRenewal, type Saga } from './saga.ts'

/** States of hosts that stop a rotation: its values are not promoted before that is settled. */
const blocking: ReadonlySet<HostOutcome['state']> = new Set(['failed', 'held-back', 'refused'])

/** From what was proposed to what the project holds. What is done already is not done again. */
export const goForward = async (saga: Saga): Promise<DeliveryReport | null> => {
  const { context, journal } = saga
  await installAll(saga)
  const head = journal.ledger().rotation ?? null
  const moving = onTheWay(journal.ledger()).filter(({ state }) => state === 'verified' || state === 'delivered')
  if (head === null || (moving.length === 0 && !head.renews)) return null
  const hosts = [...new Set([...head.hosts, ...hostsOfAll(context.truth, moving)])]
  const report = await deliverPart(saga, moving, { hosts, renew: head.renews ? head.revision : null })
  if (!isThrough(saga, report, moving)) return report
  if (moving.length > 0) {
    const delivered = moving.map((one): OpenCredential => ({ ...one, state: 'delivered' }))
    await keep(saga, ...delivered)
    await promote(saga, delivered)
  } else if (onTheWay(journal.ledger()).length === 0)
    await journal.write((ledger) => withRenewal(saga, withoutRotation(ledger), head))
  return report
}

/** Every host that could be reached runs the new values, and some host does, where any is to have them. */
const isThrough = ({ context }: Saga, { hosts }: DeliveryReport, moving: readonly OpenCredential[]): boolean => {
  if (hosts.some(({ state, host }) => blocking.has(state) && !context.options.abandon.includes(host))) return false
  const isGiven = hostsOfAll(context.truth, moving).length > 0
  return !isGiven || hosts.some(({ problem }) => problem === null)
}
