import type { ContainerFacts, PageFacts } from '../fleet/host-facts.ts'
import type { Shape } from '../shape.ts'
import { flag, integer, list, nullable, shape, text } from '../shape.ts'

/** What systemd says of one unit. */
export interface UnitFacts {
  readonly unit: string
  /** `loaded`, `not-found`, `masked`, … */
  readonly load: string
  /** `active`, `inactive`, `activating`, `failed`, … */
  readonly active: string
  readonly sub: string
  /** `simple`, `notify`, `oneshot`, … */
  readonly type: string
  /** RemainAfterExit. */
  readonly stays: boolean
  /** Timers, sockets and paths that start it. */
  readonly triggeredBy: readonly string[]
  readonly user: string | null
  readonly group: string | null
  readonly otherGroups: readonly string[]
  /** DynamicUser: its uid is made up when it starts. */
  readonly dynamic: boolean
  readonly result: string
  readonly exit: number | null
  /** Milliseconds since 1970, by the host's clock; null: it has not run since the machine started. */
  readonly startedAt: number | null
  /** ExecStart= as written, prefixes and quotes included, without our drop-in. */
  readonly commands: readonly string[]
  /** Text of our drop-in and when it was written; null where there is none. */
  readonly dropIn: string | null
  readonly dropInAt: number | null
  /** What its status page answered; null where none was asked. */
  readonly status: PageFacts | null
}

export const unitFacts = (page: Shape<PageFacts>): Shape<UnitFacts> =>
  shape({
    unit: text,
    load: text,
    active: text,
    sub: text,
    type: text,
    stays: flag,
    triggeredBy: list(text),
    user: nullable(text),
    group: nullable(text),
    otherGroups: list(text),
    dynamic: flag,
    result: text,
    exit: nullable(integer),
    startedAt: nullable(integer),
    commands: list(text),
    dropIn: nullable(text),
    dropInAt: nullable(integer),
    status: nullable(page),
  })

/** True where something else than us decides when it runs: it is left alone, and its next start takes the new values. */
export const startsByItself = (unit: UnitFacts): boolean =>
  unit.triggeredBy.length > 0 || (unit.type === 'oneshot' && !unit.stays)

/** A unit as a container is seen: its drop-in carries the labels, and names what is mounted. */
export const unitAsContainer = (unit: UnitFacts): ContainerFacts => ({
  name: unit.unit,
  id: unit.unit,
  running: unit.active === 'active' || unit.active === 'reloading',
  restarting: unit.sub === 'auto-restart',
  exit: unit.exit,
  startedAt: unit.startedAt === null ? null : new Date(unit.startedAt).toISOString(),
  health: unit.active === 'activating' ? 'starting' : null,
  image: null,
  labels: labelsIn(unit.dropIn ?? ''),
  mounts: [],
  status: unit.status,
})

const labelsIn = (dropIn: string): Record<string, string> =>
  Object.fromEntries(
    [...dropIn.matchAll(/^# (lockstep\.[a-z-]+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
  )
