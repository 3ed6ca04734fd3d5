import type { HostChannel } from '../core/fleet.ts'
import { withEndings } from '../core/ledger.ts'
import type { Ledger } from '../core/ledger.ts'
import type { DeliveryContext } from './delivery-context.ts'
import { targetOf } from './delivery-context.ts'
import { recordHost } from './host-steps.ts'
import { cacheHolders, cacheLedger, sealLedger } from './ledger-store.ts'
import type { FleetPlan } from './plan-delivery.ts'

/** The end of a delivery on one host. */
export type Recorder = (fleet: FleetPlan, channel: HostChannel) => Promise<void>

/** Keepers write the ledger; a host where something went wrong, or where this play stops before the switch, is let
 *  go of. */
export const makeRecorder = (context: DeliveryContext): Recorder => {
  const { ports, project, options, truth, who, progress } = context
  const holders: string[] = []
  let recording: Promise<Uint8Array> | null = null

  const finalLedger = async (open: Ledger, revision: number): Promise<Uint8Array> => {
    const isWhole = [...progress.endings.keys()].every((host) => progress.outcomes.get(host)?.problem === null)
    const closed = withEndings(open, revision, [...progress.endings.values()], isWhole ? 'done' : 'partial')
    const sealed = await sealLedger(project, closed, ports.random)
    await cacheLedger(ports.files, project, sealed)
    return sealed
  }

  return async (fleet, channel) => {
    const host = channel.name
    if (fleet.intent === null || options.check || channel.check) return
    const isOurs = progress.prepared.has(host) || (truth.facts(host)?.identity ?? null) !== null
    if (!isOurs || fleet.hosts.get(host)?.action === 'refused') return
    const target = targetOf(context, fleet, host)
    const lease = { holder: who.holder, over: fleet.over.get(host) ?? null }
    if (!truth.keepers().includes(host)) {
      const isOpen = progress.outcomes.get(host)?.problem !== null
      if (progress.touched.has(host) && isOpen) await recordHost(channel, target, null, lease)
      return
    }
    recording ??= finalLedger(fleet.intent.ledger, fleet.revision)
    await recordHost(channel, target, await recording, lease)
    holders.push(host)
    await cacheHolders(ports.files, project, fleet.revision, holders)
  }
}
