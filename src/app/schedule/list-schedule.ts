import { hasCode } from '../../core/errors.ts'
import type { KnownJob, KnownSchedule } from '../../core/known/known.ts'
import type { Ports } from '../../core/ports.ts'
import { cronLine } from '../../core/schedule/cron-text.ts'
import type { Installed } from '../../core/schedule/installed.ts'
import { type Job, jobs, overdueJobs } from '../../core/schedule/jobs.ts'
import { nextDue } from '../../core/schedule/next-due.ts'
import type { Places, WantedFile } from '../../core/schedule/schedule-plan.ts'
import { systemPlaces, wantedFiles } from '../../core/schedule/schedule-plan.ts'
import { calendarOf, timerName } from '../../core/schedule/systemd-text.ts'
import { readKnown } from '../known/known-store.ts'
import type { Project } from '../project/project.ts'
import { foundSchedule } from './found-schedule.ts'
import { installedFor, runnable, statesOf } from './schedule.ts'

export interface ListedJob {
  readonly job: string
  /** `no command`: it arrives with its command. */
  readonly state: 'installed' | 'not installed' | 'no command'
  /** The line of cron, or the calendar of the timer; null: not installed. */
  readonly line: string | null
  readonly last: KnownJob | null
  /** Milliseconds since 1970; null: not installed. */
  readonly next: number | null
  readonly isOverdue: boolean
}

export interface ListedSchedule {
  readonly by: 'cron' | 'systemd' | null
  readonly jobs: readonly ListedJob[]
  /** Files of ours that are not as they were installed, or are gone. */
  readonly edited: readonly string[]
  /** Another account installed it, and has the record of how the jobs ran. */
  readonly isOfAnother: boolean
}

/** What is installed here, how it ran last and when it runs next. Changes nothing. */
export const listSchedule = async (
  ports: Ports,
  project: Project,
  { commands, places = systemPlaces }: { readonly commands: readonly string[]; readonly places?: Places },
): Promise<ListedSchedule> => {
  const known = await readKnown(ports, project)
  const installed = installedFor(project, '/', null)
  const schedule = known.schedule ?? (await foundSchedule(ports, installed, places))
  const overdue = new Set(overdueJobs(known, ports.clock.now()).map(({ job }) => job))
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
  const can = new Set(runnable(commands).map(({ name }) => name))
  const lineOf = (job: Job): string =>
    schedule?.by === 'systemd'
      ? `${timerName(installed, job)} ${calendarOf(job.when)}`
      : cronLine(job, installed.script)
  return {
    by: schedule?.by ?? null,
    jobs: jobs.map((job) => {
      const isIn = schedule?.jobs.includes(job.name) === true
      return {
        job: job.name,
        state: isIn ? 'installed' : can.has(job.name) ? 'not installed' : 'no command',
        line: isIn ? lineOf(job) : null,
        last: known.jobs[job.name] ?? null,
        next: isIn ? nextDue(job.when, ports.clock.now(), zone) : null,
        isOverdue: overdue.has(job.name),
      }
    }),
    edited: known.schedule === null ? [] : await editedFiles(ports, project, known.schedule, places),
    isOfAnother: known.schedule === null && schedule !== null,
  }
}

const editedFiles = async (
  ports: Ports,
  project: Project,
  { by, jobs: names, program, textfile }: KnownSchedule,
  places: Places,
): Promise<readonly string[]> => {
  const installed = installedFor(project, program, textfile)
  const wanted = wantedFiles(installed, {
    by,
    jobs: jobs.filter(({ name }) => names.includes(name)),
    all: jobs,
    places,
  })
  const edited = await Promise.all(
    wanted.map(async (one) => ((await isEdited(ports, one, installed)) ? [one.path] : [])),
  )
  return edited.flat()
}

const isEdited = async (ports: Ports, one: WantedFile, installed: Installed): Promise<boolean> => {
  try {
    const [found] = await statesOf(ports, [one], installed)
    return found?.state !== 'kept' && found?.state !== 'absent'
  } catch (error) {
    if (hasCode(error, 'CONFLICT', 'UNSAFE')) return true
    throw error
  }
}
