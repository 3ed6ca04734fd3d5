import type { DeliveryReport } from '../../core/fleet/delivery-report.ts'
import { fail } from '../../core/errors.ts'
import { few } from '../../core/names.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { onTheWay, withoutRotation, type OpenCredential } from '../../core/rotate/journal.ts'
import { hasOnlyFormer } from '../../core/rotate/proven.ts'
import { deliverPart } from './deliver-part.ts'
import { giveUpWaiting } from './give-up.ts'
import { hostsOfAll } from './given-hosts.ts'
import { provenOn } from './proven-on.ts'
import type { RotationContext } from './rotation-context.ts'
import type { Saga } from './saga.ts'
import { settleReturned, withdrawAll } from './take-back.ts'
import { unknownHolders } from './unknown-holders.ts'

/** From wherever it came to the former values: out to the hosts that may have had the new ones, into the project, and the
 *  new ones ended upstream once no host can need them. The other hosts get the former values under their new version when
 *  all that is over: whatever goes wrong there is no reason to stay half-way. */
export const goBack = async (saga: Saga): Promise<readonly DeliveryReport[]> => {
  const { context, journal } = saga
  const returning = onTheWay(journal.ledger()).filter(({ state }) => state === 'returning')
  const hosts = hostsOfAll(context.truth, returning)
  const ledger = journal.ledger()
  const mayHaveIt = hosts.filter((host) => returning.some((one) => !isUntouched(context, ledger, one, host)))
  const about = returning
  const reports =
    mayHaveIt.length === 0 ? [] : [await deliverPart(saga, returning, { hosts: mayHaveIt, renew: null, about })]
  const left = mayHaveIt.filter((host) => !isAbandoned(context, returning, host) && !isBack(reports, host))
  const behind = new Set([...left, ...returning.flatMap((one) => haveNew(context, journal.ledger(), one))])
  if (behind.size > 0) {
    const problem = fail('PARTIAL', `${few([...behind])} may still need the new value`, {
      hint: 'lockstep rotate --abort again when that is mended; or --abandon-host',
    })
    for (const { id } of returning) saga.problems.set(id, problem)
    return reports
  }
  if (returning.length > 0) await settleReturned(saga, returning)
  await withdrawAll(saga)
  await giveUpWaiting(saga)
  if (onTheWay(journal.ledger()).length === 0) await journal.write(withoutRotation)
  if (hosts.length > 0) reports.push(await deliverPart(saga, [], { hosts, renew: null, about }))
  return reports
}

/** Hosts that this clone knows nothing of, and that were brought the new value. */
const haveNew = (context: RotationContext, ledger: Ledger, open: OpenCredential): readonly string[] =>
  unknownHolders(context, ledger, open, (name, version) => {
    const { [name]: from = 0 } = open.from
    return version > from && version < (open.versions[name] ?? 0)
  })

/** A host that no delivery speaks of is not back. */
const isBack = (reports: readonly DeliveryReport[], host: string): boolean =>
  reports.some(({ hosts }) => hosts.some((one) => one.host === host && one.problem === null))

const isAbandoned = ({ options }: RotationContext, returning: readonly OpenCredential[], host: string): boolean =>
  options.abandon.includes(host) || returning.every(({ abandoned }) => abandoned.includes(host))

/** It was looked at within this run, and has nothing but the former value. */
const isUntouched = (context: RotationContext, ledger: Ledger, open: OpenCredential, host: string): boolean => {
  const known = provenOn(context, ledger, host)
  return known !== null && hasOnlyFormer(open, known)
}
