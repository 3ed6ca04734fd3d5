import { fail, type SecretsError } from '../../core/errors.ts'
import type { DeliveryReport, HostOutcome } from '../../core/fleet/delivery-report.ts'
import { few } from '../../core/names.ts'
import { onTheWay, withoutRotation, type OpenCredential } from '../../core/rotate/journal.ts'
import { deliverPart } from './deliver-part.ts'
import { installAll } from './install.ts'
import { hostsOf, hostsOfAll } from './given-hosts.ts'
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
  const report = await deliverPart(saga, moving, { hosts, renew: head.renews ? head.revision : null, about: moving })
  const through = throughOf(saga, report, moving)
  if (through === null) return report
  if (through.length > 0) {
    const delivered = through.map((one): OpenCredential => ({ ...one, state: 'delivered' }))
    await keep(saga, ...delivered)
    await promote(saga, delivered)
  } else if (onTheWay(journal.ledger()).length === 0)
    await journal.write((ledger) => withRenewal(saga, withoutRotation(ledger), head))
  return report
}

/** Those that every host which could be reached runs, and some host does, where any is to have them; null: a host stops them
 *  all. */
const throughOf = (
  { context, problems }: Saga,
  { hosts }: DeliveryReport,
  moving: readonly OpenCredential[],
): readonly OpenCredential[] | null => {
  if (hosts.some(({ state, host }) => blocking.has(state) && !context.options.abandon.includes(host))) return null
  const has = new Set(hosts.flatMap(({ host, problem }) => (problem === null ? [host] : [])))
  return moving.filter((one) => {
    const given = hostsOf(context.truth, one)
    if (given.length === 0 || given.some((host) => has.has(host))) return true
    problems.set(one.id, unseen(one, given))
    return false
  })
}

const unseen = ({ id }: OpenCredential, given: readonly string[]): SecretsError =>
  fail('PARTIAL', `no host runs the new value: ${few(given)}`, {
    at: id,
    hint: 'lockstep rotate --resume when one of them is back; or --abort',
  })
