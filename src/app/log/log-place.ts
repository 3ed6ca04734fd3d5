import { defaultEnvironment } from '../../core/manifest/environment.ts'
import type { Ports } from '../../core/ports.ts'
import { statePath, type Place } from '../project/state-path.ts'

export type LogProject = Place

/** Where the log of one project and environment is. Each environment has keys of its own, and so a log of its own. */
export interface LogPlace {
  readonly root: string
  readonly log: string
  readonly head: string
  readonly lock: string
  /** What was pulled from hosts. */
  readonly view: string
  /** For who adds to it: held for longer than `lock`. */
  readonly viewLock: string
  /** In the person's own directory: how far the log has come, roughly. */
  readonly pin: string
  /** There too: what could not be written down in the project. */
  readonly marks: string
  /** For messages. */
  readonly shown: string
}

export const logPlace = (machine: Ports['machine'], { root, environment }: LogProject): LogPlace => {
  const name = environment === defaultEnvironment ? 'access' : `access-${environment}`
  const own = (kind: string): string => statePath({ machine }, kind, { root, environment })
  return {
    root,
    log: `${root}/.lockstep/${name}.jsonl`,
    head: `${root}/.lockstep/${name}.head`,
    view: `${root}/.lockstep/${name.replace('access', 'events')}.jsonl`,
    viewLock: `${root}/.lockstep/${name.replace('access', 'events')}.lock`,
    lock: `${root}/.lockstep/${name}.lock`,
    pin: own('access-head'),
    marks: `${own('access-marks')}.jsonl`,
    shown: `.lockstep/${name}.jsonl`,
  }
}

/** What a full file is called, whose last entry has this number. */
export const rotatedName = (log: string, seq: number): string =>
  `${log.slice(log.lastIndexOf('/') + 1, -'.jsonl'.length)}.${String(seq).padStart(12, '0')}.jsonl`

/** Is this the name of a full file of this log? */
export const isRotatedName = (log: string, name: string): boolean => {
  const base = log.slice(log.lastIndexOf('/') + 1, -'.jsonl'.length)
  return name.startsWith(`${base}.`) && /^\.\d{12}\.jsonl$/.test(name.slice(base.length))
}
