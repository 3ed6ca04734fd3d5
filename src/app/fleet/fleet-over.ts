import type { Fleet, HostChannel } from '../../core/fleet/fleet.ts'
import type { Inventory } from '../../core/fleet/inventory.ts'

/** Runs a script over connections that a play has open already: hosts without one are gone. Its patterns are to be among
 *  those that the inventory was asked for. */
export const runOver =
  (channels: ReadonlyMap<string, HostChannel>, inventory: Inventory): Fleet['run'] =>
  async ({ prepare }) => {
    const prepared = await prepare()
    const { script } = prepared
    const wanted = await script.begin(inventory)
    const ended = await Promise.allSettled(
      wanted.map(async (host) => {
        const channel = channels.get(host)
        if (channel !== undefined) return script.phase(channel, 'all')
        return script.gone(host, { code: 'UNAVAILABLE', reason: 'did not answer', hint: null })
      }),
    )
    const broken = ended.find((one) => one.status === 'rejected')
    if (broken !== undefined) throw broken.reason
    return prepared
  }
