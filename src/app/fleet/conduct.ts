import { fail } from '../../core/errors.ts'
import type { FleetScript, HostChannel, Phase, PhaseResult } from '../../core/fleet/fleet.ts'
import type { Inventory } from '../../core/fleet/inventory.ts'
import type { Delivery } from './deliver.ts'

/** One delivery within a playbook: to the hosts of one batch, from their `inspect` to their `record`. */
interface Round {
  readonly batch: string
  readonly delivery: Promise<Delivery>
  readonly wanted: Promise<readonly string[]>
  readonly inspected: Set<string>
  readonly recorded: Set<string>
  isPlanned: boolean
}

/** The deliveries of a playbook of the user's: each batch of hosts (`serial`) is one, and a batch that begins anew (the
 *  role used twice) is another. */
export const conduct = (start: () => Promise<Delivery>): FleetScript => {
  const rounds: Round[] = []
  const roundOf = new Map<string, Round>()
  let inventory: Inventory = { hosts: {}, groups: null, patterns: {} }

  const open = (batch: string): Round => {
    const delivery = start()
    const wanted = delivery.then((one) => one.script.begin(inventory))
    const round = {
      batch,
      delivery,
      wanted,
      inspected: new Set<string>(),
      recorded: new Set<string>(),
      isPlanned: false,
    }
    rounds.push(round)
    return round
  }

  const enter = ({ name, batch }: HostChannel): Round => {
    const key = batch.toSorted().join()
    const last = rounds.findLast((one) => one.batch === key)
    if (last !== undefined && !last.inspected.has(name)) {
      if (!last.isPlanned) return last
      if ([...last.inspected].some((host) => !last.recorded.has(host))) throw apart(name)
    }
    return open(key)
  }

  const find = (channel: HostChannel, phase: Phase): Round => {
    if (phase === 'all') throw notHere(channel.name)
    if (phase === 'inspect') {
      const round = enter(channel)
      round.inspected.add(channel.name)
      roundOf.set(channel.name, round)
      return round
    }
    const round = roundOf.get(channel.name)
    if (round === undefined) throw notInspected(channel.name)
    if (phase === 'record') round.recorded.add(channel.name)
    else round.isPlanned = true
    return round
  }

  return {
    begin: (found) => {
      inventory = found
      return Object.keys(found.hosts)
    },
    gone: () => undefined,
    phase: async (channel, phase): Promise<PhaseResult> => {
      const round = find(channel, phase)
      const [{ script }, wanted] = await Promise.all([round.delivery, round.wanted])
      return wanted.includes(channel.name) ? script.phase(channel, phase) : { changed: false }
    },
  }
}

const apart = (at: string): Error =>
  fail('CONFIG', 'the hosts of this play do not come together', {
    at,
    hint: 'remove `strategy: free` or host_pinned from the play; `serial` is the way to take a few hosts at a time',
  })

const notHere = (at: string): Error =>
  fail('USAGE', 'lockstep.secrets.deliver belongs to `lockstep deploy`', {
    at,
    hint: 'a playbook uses the role lockstep.secrets.deploy',
  })

const notInspected = (at: string): Error =>
  fail('USAGE', 'this host was not looked at before', {
    at,
    hint: 'the task lockstep.secrets.inspect comes first; the role lockstep.secrets.deploy has them in order',
  })
