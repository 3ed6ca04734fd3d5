import type { ContainerProof } from '../../core/containers/proof.ts'
import type { DeliveryReport, HostOutcome } from '../../core/fleet/delivery-report.ts'
import { changedStates } from '../../core/fleet/delivery-report.ts'
import { SecretsError, fail } from '../../core/errors.ts'
import { lossCode } from '../../core/fleet/fleet.ts'
import type { OpenCredential } from '../../core/rotate/journal.ts'
import { prepareDelivery, type Delivery } from '../fleet/deliver.ts'
import { everyday } from '../fleet/delivery-context.ts'
import { proofOn } from '../fleet/fleet-status.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import { beginIn } from '../fleet/run-delivery.ts'
import { withPending } from './overlay.ts'
import type { RotationContext } from './rotation-context.ts'
import { proofsSoFar, withProofs, type Saga } from './saga.ts'

export interface PartOptions {
  readonly hosts: readonly string[]
  /** Generations before this revision are replaced; null: only those that are not what they should be. */
  readonly renew: number | null
  /** Credentials whose rotations tell, once they are over, how these hosts were proved; the one at work tells it anyhow. */
  readonly about: readonly OpenCredential[]
}

/** Delivers the project as it will be once these are promoted, over the connections that there are: a whole delivery with
 *  batches, proofs and the way back, within the run that holds the fleet. */
export const deliverPart = async (
  saga: Saga,
  moving: readonly OpenCredential[],
  { hosts, renew, about }: PartOptions,
): Promise<DeliveryReport> => {
  const { context, journal, proven, proofs, project } = saga
  const { ports, inventory, options, who, log } = context
  const own: FleetProject = { ...withPending(project, moving), log: log.head() }
  const delivery = prepareDelivery(ports, own, {
    ...everyday,
    hosts: options.hosts,
    only: hosts,
    abandoned: options.abandon,
    partOf: who.run,
    isOfRotation: true,
    renew,
    onHost: options.onHost,
    onBegin: beginIn(log),
  })
  context.carried.delivery = delivery
  const wanted = await delivery.script.begin(inventory)
  await Promise.all(wanted.map((host) => takePart(context, delivery, host)))
  context.carried.delivery = null
  const report = delivery.report()
  journal.afterDelivery(delivery.written())
  const before = proofsSoFar(saga, journal.ledger().rotation ?? null)
  for (const one of report.hosts.filter(({ problem }) => problem === null)) {
    if (changedStates.has(one.state)) proven.set(one.host, new Map([...(proven.get(one.host) ?? []), ...provedIn(one)]))
    if (one.state === 'delivered' || one.state === 'restarted') proofs.set(one.host, proofWords(one))
    else if (moving.length > 0 && !before[one.host]) proofs.set(one.host, seenWords(context, one.host))
  }
  journal.note((ledger) => withProofs(saga, ledger, about))
  return report
}

const takePart = async ({ channels, truth }: RotationContext, { script }: Delivery, host: string): Promise<void> => {
  const channel = channels.get(host)
  if (channel === undefined || truth.loss(host) !== null) {
    const { code, message, hint = null } = truth.loss(host) ?? fail('UNAVAILABLE', 'did not answer')
    return script.gone(host, { code: lossCode(code), reason: message, hint })
  }
  try {
    await script.phase(channel, 'all')
  } catch (error) {
    // its outcome is in the report of the delivery
    if (!(error instanceof SecretsError)) throw error
  }
}

/** What was re-created or refreshed there. */
const provedIn = ({ containers }: HostOutcome): readonly (readonly [string, ContainerProof])[] =>
  containers.flatMap(({ container, proof }) => (proof === null ? [] : [[container, proof] as const]))

/** It had what it should have when it was looked at, from a run that was cut off before it could say how it was proved. */
const seenWords = ({ project, truth }: RotationContext, host: string): string =>
  truth
    .desired(host)
    .containers.map((one) => [one.name, proofOn(project, truth, host, one)] as const)
    .flatMap(([name, { proof, state }]) => (proof === 'none' || state !== 'ready' ? [] : [`${name} ${proof}`]))
    .join(', ')

const proofWords = ({ containers }: HostOutcome): string =>
  containers.flatMap(({ container, proof }) => (proof === null ? [] : [`${container} ${proof.proof}`])).join(', ')
