import type { HostChannel } from '../../core/fleet/fleet.ts'
import { withEndings } from '../../core/fleet/ledger-changes.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import type { DeliveryContext } from './delivery-context.ts'
import { targetOf } from './delivery-context.ts'
import { recordHost } from './host-steps.ts'
import { cacheHolders, cacheLedger, sealLedger } from './ledger-store.ts'
import type { FleetPlan } from './plan-delivery.ts'

/** What is written down of a delivery: here and on the hosts that keep the ledger. */
export interface Recorder {
  /** Before anything is changed: what this run is about to do. */
  begin(fleet: FleetPlan): Promise<void>
  /** The end on one host. Keepers write the ledger; a host where something went wrong, or where this play stops before
   *  the switch, is let go of. */
  end(fleet: FleetPlan, channel: HostChannel): Promise<void>
  /** As this delivery wrote it last; null: it has not. */
  written(): Ledger | null
}

export const makeRecorder = (context: DeliveryContext): Recorder => {
  const { ports, project, options, truth, who, progress } = context
  const holders: string[] = []
  let beginning: Promise<void> | null = null
  let ending: Promise<Uint8Array> | null = null
  let last: Ledger | null = null

  const finalLedger = async (open: Ledger, { revision, hosts }: FleetPlan): Promise<Uint8Array> => {
    const isWhole = [...progress.endings.keys()].every((host) => progress.outcomes.get(host)?.problem === null)
    const endings = [...progress.endings.values()].map((one) =>
      hosts.get(one.host)?.watch === 'remove' && progress.outcomes.get(one.host)?.problem === null
        ? { ...one, isUnwatched: true }
        : one,
    )
    const closed = withEndings(open, revision, endings, isWhole ? 'done' : 'partial')
    const sealed = await sealLedger(project, closed, ports.random)
    last = closed
    await cacheLedger(ports.files, project, sealed)
    return sealed
  }

  return {
    begin: async (fleet) => {
      const { intent } = fleet
      if (intent === null) return
      last ??= intent.ledger
      await (beginning ??= beginWith(context, fleet, intent))
    },
    end: async (fleet, channel) => {
      const host = channel.name
      if (fleet.intent === null || options.check || channel.check) return
      const isOurs = progress.prepared.has(host) || (truth.facts(host)?.identity ?? null) !== null
      if (!isOurs || fleet.hosts.get(host)?.action === 'refused') return
      const target = targetOf(context, fleet, host)
      const over = fleet.over.get(host) ?? null
      const lease = {
        holder: who.holder,
        over,
        release: options.partOf === undefined || !truth.keepers().includes(host),
      }
      // here in any case: it may be all there is of a delivery that reached none of the hosts that keep it
      const ledger = await (ending ??= finalLedger(fleet.intent.ledger, fleet))
      if (!truth.keepers().includes(host)) {
        const isOpen = progress.outcomes.get(host)?.problem !== null
        if (progress.touched.has(host) && isOpen) await recordHost(channel, target, null, lease)
        return
      }
      await recordHost(channel, target, ledger, lease)
      holders.push(host)
      await cacheHolders(ports.files, project, fleet.revision, holders)
    },
    written: () => last,
  }
}

/** Who gets what is in the access log before it is in the ledger, and in the ledger before it is on a host. */
const beginWith = async (
  { ports, project, options, truth }: DeliveryContext,
  { generations, revision }: FleetPlan,
  { ledger, sealed }: NonNullable<FleetPlan['intent']>,
): Promise<void> => {
  const delivery = ledger.deliveries.find((one) => one.revision === revision)
  const secrets = [...generations.values()].flatMap((one) => Object.keys(one.secrets ?? {}))
  await options.onBegin?.({ hosts: delivery?.hosts ?? truth.targets(), secrets: [...new Set(secrets)] })
  await cacheLedger(ports.files, project, await sealed())
}
