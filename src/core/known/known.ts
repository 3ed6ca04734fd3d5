import type { Severity } from '../audit/findings.ts'
import { severities } from '../audit/findings.ts'
import type { KnownBackup } from '../backup/backup-due.ts'
import { damages } from '../backup/damage.ts'
import { fail } from '../errors.ts'
import type { KnownRotations } from '../rotate/known-rotations.ts'
import type { Shape } from '../shape.ts'
import { count, dictionary, integer, list, nullable, oneOf, parseJson, shape, text } from '../shape.ts'

/** What was last seen of one environment, kept on this machine, so that alerts and metrics need not ask the fleet.
 *  Names and times only. All times are milliseconds since 1970. */
export interface Known {
  /** Counts the looks: which is newer is not for clocks to say, which are put forward and back. */
  readonly looks: number
  readonly audit: KnownAudit | null
  readonly status: KnownStatus | null
  /** Null: no look has listed them yet. */
  readonly secrets: readonly KnownSecret[] | null
  /** Null: no look has asked for it yet. */
  readonly backup: KnownBackup | null
  /** Null: no look has reached the ledger yet. */
  readonly rotations: KnownRotations | null
  /** By the job's name. */
  readonly jobs: Readonly<Record<string, KnownJob>>
  /** What runs by itself here; null: nothing is installed. */
  readonly schedule: KnownSchedule | null
}

export interface KnownAudit {
  /** When all hosts were last asked for; null: only some ever were. */
  readonly at: number | null
  /** The look at which each host was last asked. */
  readonly hosts: Readonly<Record<string, number>>
  readonly findings: readonly KnownFinding[]
  /** What somebody accepted, so that nobody is told of it; null in a record of before there was that. */
  readonly accepted: readonly KnownAccepted[] | null
}

export interface KnownAccepted {
  readonly id: string
  readonly host: string | null
  readonly path: string | null
  /** From then on it counts again. */
  readonly until: number
  /** Who said so; null in a record of before that was kept. */
  readonly by: string | null
}

export interface KnownFinding {
  readonly id: string
  readonly severity: Severity
  readonly host: string | null
  readonly path: string | null
  readonly message: string
  readonly fix: string
}

export interface KnownStatus {
  /** When all hosts were last asked for; null: only some ever were. */
  readonly at: number | null
  readonly revision: number
  readonly hosts: readonly KnownHost[]
}

export interface KnownHost {
  readonly host: string
  /** The look at which it was asked. */
  readonly look: number
  readonly state: string
  /** Number of the generation in force, and of the one a delivery would bring (null: none is needed). */
  readonly generation: number | null
  readonly next: number | null
  /** Why it is not in step. */
  readonly why: string | null
  readonly containers: readonly KnownContainer[]
  /** How the watch stood; null: none was brought, or nobody could be asked yet. */
  readonly watch: 'runs' | 'stopped' | null
}

export interface KnownContainer {
  readonly container: string
  readonly state: string
  readonly note: string | null
}

export interface KnownSecret {
  readonly name: string
  readonly group: string
  readonly host: string | null
  /** When its value was written; null: it has none. */
  readonly set: number | null
  /** After how many milliseconds it is due; null: never. */
  readonly every: number | null
}

export interface KnownJob {
  readonly begun: number
  readonly pid: number
  /** Null: it runs, or was killed. */
  readonly ended: number | null
  readonly exit: number | null
  /** When it last ran to its end. */
  readonly succeeded: number | null
  /** Why it failed; null: it did not. */
  readonly why: string | null
}

export interface KnownSchedule {
  readonly by: 'cron' | 'systemd'
  readonly since: number
  readonly jobs: readonly string[]
  /** The lockstep that they start, and what they replace with their figures. */
  readonly program: string
  readonly textfile: string | null
}

export const nothingKnown: Known = {
  looks: 0,
  audit: null,
  status: null,
  secrets: null,
  backup: null,
  rotations: null,
  jobs: {},
  schedule: null,
}

/** @throws TAMPERED */
export const knownFromJson = (source: string, at: string): Known => parseJson(source, known, at)

/** Milliseconds since 1970, within what a date can say. */
export const instant: Shape<number> = (value, at) => {
  const found = integer(value, at)
  if (Math.abs(found) <= 8.64e15) return found
  throw fail('TAMPERED', 'expected a time', { at })
}

export const severity: Shape<Severity> = oneOf(...severities)

const knownFinding: Shape<KnownFinding> = shape({
  id: text,
  severity,
  host: nullable(text),
  path: nullable(text),
  message: text,
  fix: text,
})

const knownAccepted: Shape<KnownAccepted> = shape({
  id: text,
  host: nullable(text),
  path: nullable(text),
  until: instant,
  by: nullable(text),
})

const knownHost: Shape<KnownHost> = shape({
  host: text,
  look: count,
  state: text,
  generation: nullable(count),
  next: nullable(count),
  why: nullable(text),
  containers: list(shape<KnownContainer>({ container: text, state: text, note: nullable(text) })),
  watch: nullable(oneOf('runs', 'stopped')),
})

const knownSecret: Shape<KnownSecret> = shape({
  name: text,
  group: text,
  host: nullable(text),
  set: nullable(instant),
  every: nullable(instant),
})

const knownJob: Shape<KnownJob> = shape({
  begun: instant,
  pid: count,
  ended: nullable(instant),
  exit: nullable(count),
  succeeded: nullable(instant),
  why: nullable(text),
})

const known: Shape<Known> = shape({
  looks: count,
  audit: nullable(
    shape<KnownAudit>({
      at: nullable(instant),
      hosts: dictionary(count),
      findings: list(knownFinding),
      accepted: nullable(list(knownAccepted)),
    }),
  ),
  status: nullable(shape<KnownStatus>({ at: nullable(instant), revision: count, hosts: list(knownHost) })),
  secrets: nullable(list(knownSecret)),
  backup: nullable(shape<KnownBackup>({ at: nullable(instant), every: nullable(instant), damage: damages })),
  rotations: nullable(
    shape<KnownRotations>({
      half: nullable(shape({ id: text, since: instant, by: text })),
      waiting: list(shape({ id: text, since: nullable(instant), over: instant, problem: nullable(text) })),
      failed: list(shape({ id: text, at: instant })),
      ended: nullable(instant),
    }),
  ),
  jobs: dictionary(knownJob),
  schedule: nullable(
    shape<KnownSchedule>({
      by: oneOf('cron', 'systemd'),
      since: instant,
      jobs: list(text),
      program: text,
      textfile: nullable(text),
    }),
  ),
})
