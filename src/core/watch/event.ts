import type { Shape } from '../shape.ts'
import { count, flag, integer, nullable, seconds, shape, text } from '../shape.ts'

/** What the watch on a host wrote down: who did what to which path of ours. Names, numbers and paths, never content. */
export interface WatchEvent {
  /** Counts the events of one host without gaps, over restarts and rotated files. */
  readonly seq: number
  /** The host's clock, milliseconds since 1970. */
  readonly at: number
  /** The kernel's random id of this start of the machine. */
  readonly boot: string
  /** `read`, `write`, `attributes`, `create`, `delete`, `move`; `start`, `stop`, `overflow` of the watch itself;
   *  `suppressed`: `count` more of the kind `of`. A newer watch may write others. */
  readonly kind: string
  /** Below the directory of the project; null for events of the watch itself. */
  readonly path: string | null
  readonly pid: number | null
  /** Null, like all below, where the process had ended before it could be asked. */
  readonly uid: number | null
  readonly gid: number | null
  readonly exe: string | null
  /** Its short name, which the process itself may set. */
  readonly comm: string | null
  /** Program of its parent. */
  readonly parent: string | null
  /** Its systemd service. */
  readonly unit: string | null
  readonly container: WatchContainer | null
  /** It announced itself as a call of lockstep's, or was started by one. Of `stop`: such a call ended the watch. */
  readonly ours: boolean
  /** Of `suppressed`. */
  readonly of: string | null
  readonly count: number | null
  /** Of `start`: by what it watches. Of `stop`: why. */
  readonly note: string | null
}

/** The container that a process is in, with what its labels say of us. */
export interface WatchContainer {
  readonly id: string
  readonly project: string | null
  readonly environment: string | null
  readonly container: string | null
}

/** Milliseconds since 1970, within what a date can say. */
export const milliseconds: Shape<number> = (value, at) => {
  const found = integer(value, at)
  seconds(Math.floor(found / 1000), at)
  return found
}

/** From a line of events.jsonl. @throws TAMPERED for anything else */
export const watchEvent: Shape<WatchEvent> = shape<WatchEvent>({
  seq: count,
  at: milliseconds,
  boot: text,
  kind: text,
  path: nullable(text),
  pid: nullable(integer),
  uid: nullable(integer),
  gid: nullable(integer),
  exe: nullable(text),
  comm: nullable(text),
  parent: nullable(text),
  unit: nullable(text),
  container: nullable(
    shape<WatchContainer>({
      id: text,
      project: nullable(text),
      environment: nullable(text),
      container: nullable(text),
    }),
  ),
  ours: (value, at) => (value === undefined ? false : flag(value, at)),
  of: nullable(text),
  count: nullable(count),
  note: nullable(text),
})
