import { fail } from '../core/errors.ts'
import type { Phase } from '../core/fleet/fleet.ts'
import { quoteName } from '../core/names.ts'
import type { Shape } from '../core/shape.ts'
import { shape, text } from '../core/shape.ts'

/** Which machine a task reaches, and as whom, as the action plugin found it. */
export interface Connection {
  readonly transport: string
  /** Address, or name of the container. */
  readonly address: string
  readonly port: string
  readonly user: string
  /** Method and user; empty without. */
  readonly become: string
  /** Digest of every other setting that says where it leads. */
  readonly route: string
}

export const connection: Shape<Connection> = shape({
  transport: text,
  address: text,
  port: text,
  user: text,
  become: text,
  route: text,
})

export interface Visit {
  readonly host: string
  readonly phase: Phase
  readonly connection: Connection
}

/** Holds each host to the connection by which it was looked at, and to the order of its steps. */
export interface BoundHosts {
  /** Does the work of one step. @throws CONFLICT before it begins, when it would go elsewhere, or comes twice */
  visit<T>(visit: Visit, work: () => Promise<T>): Promise<T>
}

interface Bound {
  readonly connection: Connection
  last: number
}

const order: Readonly<Record<Phase, number>> = { inspect: 0, stage: 1, switch: 2, record: 3, all: 4 }

/** @param lose told of a host that cannot be gone on with */
export const boundHosts = (lose: (host: string, reason: string) => void): BoundHosts => {
  const bound = new Map<string, Bound>()
  const visited = new Set<string>()

  const bind = ({ host, phase, connection: by }: Visit): Bound => {
    const known = bound.get(host)
    if (phase === 'inspect' || (phase === 'all' && known === undefined)) return { connection: by, last: order[phase] }
    if (known === undefined) throw notInspected(host)
    if (order[phase] <= known.last) throw outOfOrder(host)
    const way = ways.find(([key]) => known.connection[key] !== by[key])
    if (way === undefined) return { connection: by, last: order[phase] }
    const refusal = elsewhere(host, way, known.connection, by)
    lose(host, refusal.message)
    throw refusal
  }

  return {
    visit: async (visit, work) => {
      const { host } = visit
      if (visited.has(host)) throw twice(host)
      bound.set(host, bind(visit))
      visited.add(host)
      try {
        return await work()
      } finally {
        visited.delete(host)
      }
    },
  }
}

const ways: readonly (readonly [keyof Connection, string])[] = [
  ['transport', 'over another connection'],
  ['address', 'at another address'],
  ['port', 'at another port'],
  ['user', 'as another user'],
  ['become', 'with another become'],
  ['route', 'by another route'],
]

const elsewhere = (at: string, [key, how]: (typeof ways)[number], was: Connection, is: Connection): Error => {
  const shown = (one: Connection): string =>
    key === 'route' ? '' : ` (${one[key] === '' ? 'none' : quoteName(one[key])})`
  return fail('CONFLICT', `is reached ${how}${shown(is)} than when it was looked at${shown(was)}: nothing was sent`, {
    at,
    hint: 'say in the inventory or in the play how a host is reached, not in one task, by set_fact or by add_host',
  })
}

const twice = (at: string): Error =>
  fail('CONFLICT', 'another task delivers to this host at this moment', {
    at,
    hint: 'one play at a time, with one task of lockstep for each host at a time',
  })

const outOfOrder = (at: string): Error =>
  fail('CONFLICT', 'this step comes a second time, or after a later one', {
    at,
    hint: 'inspect, bundle, container, record, each once (no `until`); a new delivery begins with inspect',
  })

const notInspected = (at: string): Error =>
  fail('USAGE', 'this host was not looked at before', {
    at,
    hint: 'the task lockstep.secrets.inspect comes first; the role lockstep.secrets.deploy has them in order',
  })
