import type { Canonical } from '../../core/canonical.ts'
import { liveFacts } from '../../core/containers/live.ts'
import type { LiveFacts } from '../../core/containers/live.ts'
import type { PageAddress } from '../../core/containers/page-address.ts'
import type { UnitFacts } from '../../core/containers/unit-facts.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import { containerFacts, unit } from '../../core/fleet/host-facts.ts'
import type { ContainerFacts } from '../../core/fleet/host-facts.ts'
import { flag, list, nullable, shape, text } from '../../core/shape.ts'
import type { Shape } from '../../core/shape.ts'
import { operation } from './host-steps.ts'
import type { HostTarget } from './host-steps.ts'
import { pageOf } from './inspect-host.ts'

/** How the host finds and changes one consumer: fields of the operations `replace` and `settle`. */
export type Consumer = { readonly [key: string]: Canonical }

export interface ReplaceOptions {
  readonly consumer: Consumer
  readonly health: PageAddress | null
  readonly healthCommand: readonly string[] | null
  readonly status: PageAddress | null
  readonly healthSeconds: number
}

export interface Replaced {
  readonly started: boolean
  readonly ready: boolean | null
  readonly reason: string | null
  readonly containers: readonly ContainerFacts[]
  readonly unit: UnitFacts | null
  readonly live: LiveFacts | null
}

const replaced: Shape<Replaced> = shape({
  started: flag,
  ready: nullable(flag),
  reason: nullable(text),
  containers: (value, at) => nullable(list(containerFacts))(value, at) ?? [],
  unit: nullable(unit),
  live: nullable(liveFacts),
})

export const replaceContainer = async (
  host: HostChannel,
  target: HostTarget,
  options: ReplaceOptions,
): Promise<Replaced> => {
  const { consumer, health, healthCommand, status, healthSeconds } = options
  const header = operation('replace', target, {
    ...consumer,
    healthSeconds,
    ...(health === null ? {} : { health: pageOf(health) }),
    ...(healthCommand === null ? {} : { healthCommand }),
    ...(status === null ? {} : { status: pageOf(status), statuses: { [`${consumer['container']}`]: pageOf(status) } }),
  })
  // an image may have to be fetched first
  const timeout = (healthSeconds + 900) * 1000
  return replaced(await host.call(header, { timeout }), host.name)
}

/** Sees to it that a container can be started there: that its image is there, and can be started by us. Touches none.
 *  @throws UNAVAILABLE, CONFIG */
export const prepareContainer = (host: HostChannel, target: HostTarget, consumer: Consumer): Promise<unknown> =>
  host.call(operation('replace', target, { ...consumer, prepare: true }), { timeout: 900_000 })

export interface Settled {
  /** What failed is still there, stopped, under the name of what failed. */
  readonly kept: boolean | null
}

const settled: Shape<Settled> = shape({ kept: nullable(flag) })

export const settleContainer = async (
  host: HostChannel,
  target: HostTarget,
  consumer: Consumer,
  keep: 'new' | 'old',
): Promise<Settled> =>
  settled(await host.call(operation('settle', target, { ...consumer, keep }), { timeout: 300_000 }), host.name)
