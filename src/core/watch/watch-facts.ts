import type { Shape } from '../shape.ts'
import { count, flag, list, nullable, oneOf, shape, text } from '../shape.ts'
import type { WatchEvent } from './event.ts'
import { milliseconds, watchEvent } from './event.ts'

/** The watch on a host as that host tells it. */
export interface WatchFacts extends EventsFacts {
  /** Path of the host's Python. */
  readonly interpreter: string
  /** What starts programs there; null: nothing that we know. */
  readonly init: 'systemd' | 'cron' | null
  /** SHA-256 of watch/agent.py; null: not there. */
  readonly agent: string | null
  /** The unit or the file for cron that starts it. */
  readonly starter: { readonly kind: 'systemd' | 'cron'; readonly sha256: string } | null
  /** Null: none answers. */
  readonly running: RunningWatch | null
}

/** What a running watch says of itself. */
export interface RunningWatch {
  readonly pid: number
  /** `fanotify` or `auditd`. */
  readonly via: string
  /** It knows for sure who opens a file. */
  readonly asks: boolean
  /** The host's clock, milliseconds since 1970. */
  readonly since: number
  /** Number of its last event. */
  readonly seq: number
  readonly boot: string
  /** SHA-256 of its program when it started. */
  readonly sha256: string
}

/** Events as a host hands them out. */
export interface EventsFacts {
  /** Oldest first. */
  readonly events: readonly WatchEvent[]
  /** The one after whose number was asked; null: there is none. */
  readonly before: WatchEvent | null
  /** Random id of the machine; null: it was never set up. */
  readonly id: string | null
  /** There are newer ones. */
  readonly more: boolean
  /** Number of the oldest event there still is, as far back as was looked. */
  readonly first: number | null
  /** The newest event there is, whatever was asked for. */
  readonly last: { readonly seq: number; readonly at: number } | null
}

const eventsMembers = {
  events: list(watchEvent),
  before: nullable(watchEvent),
  id: nullable(text),
  more: flag,
  first: nullable(count),
  last: nullable(shape({ seq: count, at: milliseconds })),
}

/** The answer to `events`. @throws TAMPERED */
export const eventsFacts: Shape<EventsFacts> = shape<EventsFacts>(eventsMembers)

export const runningWatch: Shape<RunningWatch> = shape({
  pid: count,
  via: text,
  asks: flag,
  since: milliseconds,
  seq: count,
  boot: text,
  sha256: text,
})

/** The part of an inspection about the watch. @throws TAMPERED */
export const watchFacts: Shape<WatchFacts> = shape<WatchFacts>({
  ...eventsMembers,
  interpreter: text,
  init: nullable(oneOf('systemd', 'cron')),
  agent: nullable(text),
  starter: nullable(shape({ kind: oneOf('systemd', 'cron'), sha256: text })),
  running: nullable(runningWatch),
})
