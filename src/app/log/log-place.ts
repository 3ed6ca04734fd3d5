import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { personalState } from '../../core/own-directories.ts'
import type { Ports } from '../../core/ports.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { Project } from '../project/project.ts'

export type LogProject = Pick<Project, 'root' | 'environment'>

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
  const own = sha256(`${root}\0${environment}`).slice(0, 16)
  return {
    root,
    log: `${root}/.lockstep/${name}.jsonl`,
    head: `${root}/.lockstep/${name}.head`,
    view: `${root}/.lockstep/${name.replace('access', 'events')}.jsonl`,
    viewLock: `${root}/.lockstep/${name.replace('access', 'events')}.lock`,
    lock: `${root}/.lockstep/${name}.lock`,
    pin: `${personalState(machine)}/access-head-${own}`,
    marks: `${personalState(machine)}/access-marks-${own}.jsonl`,
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
