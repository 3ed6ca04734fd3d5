import { onTheWay, openCredentials, withCredentials, type OpenCredential } from '../../core/rotate/journal.ts'
import { isGivenUp } from './give-up.ts'
import { hostsOfAll } from './given-hosts.ts'
import { unknownHere, withPending } from './overlay.ts'
import { besideTruth, missingOf, preview, type RotationPlan } from './plan-rotation.ts'
import type { RotationContext } from './rotation-context.ts'
import { abortable, isInForce, turnedBack } from './take-back.ts'

/** A credential on its way back, as a check shows it. */
export interface Returning {
  readonly open: OpenCredential
  /** What is done about it. */
  readonly note: string
}

/** The plan of `--abort`, or of a `--resume` that goes on with one: what goes back, and the hosts that are delivered to for
 *  it. Changes nothing anywhere. @throws as abortable, planDelivery */
export const withReturn = async (context: RotationContext, plan: RotationPlan): Promise<RotationPlan> => {
  const { options, truth, project } = context
  const { ledger } = plan
  const isAbort = options.mode === 'abort'
  const turned = isAbort
    ? await turnedBack(context, ledger, abortable(context, ledger))
    : onTheWay(ledger).filter(({ state }) => state === 'returning' || state === 'withdrawing')
  if (!isAbort && turned.length === 0) return plan
  const inForce = openCredentials(withCredentials(ledger, turned)).filter((one) => isInForce(ledger, one))
  const known = withPending(project, unknownHere(project, inForce))
  const back = turned.filter(({ state }) => state === 'returning')
  const isForward = !isAbort && (plan.renews || onTheWay(ledger).length > turned.length)
  const hosts = [...new Set([...(isForward ? plan.hosts : []), ...hostsOfAll(truth, back)])]
  const coming = withPending(known, back)
  const base = { ...context, project: known }
  const fleet = await preview(base, besideTruth(base, coming, hosts), { project: coming, renew: null })
  return {
    ...plan,
    hosts,
    behind: [],
    fleet,
    missing: missingOf(context, hosts, fleet, []),
    returning: turned.map((open) => ({ open, note: noteOf(context, open) })),
  }
}

const noteOf = ({ options }: RotationContext, open: OpenCredential): string => {
  if (open.state === 'promoted') return 'both values stay upstream as they are'
  const what =
    open.state === 'returning' ? 'the former value goes back, the new one is ended' : 'the new value is ended'
  return isGivenUp(options, open) ? `${what}; where that is refused it stays upstream` : what
}
