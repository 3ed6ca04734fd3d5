import { day } from '../duration.ts'
import type { Code } from '../errors.ts'
import type { Known } from '../known/known.ts'

/** When a job runs, in the machine's own time. */
export interface When {
  readonly minute: number
  readonly hour: number
  /** 0: Sunday; null: every day. */
  readonly weekday: number | null
}

/** A command that runs by itself. */
export interface Job {
  readonly name: string
  readonly when: When
  /** Ends that are a result, and no failure of the job: an audit that finds something has done its work. */
  readonly fine: readonly Code[]
  readonly what: string
}

/** What can be scheduled, at the hours of the design that people know. One whose command does not exist (yet) is
 *  passed over. */
export const jobs: readonly Job[] = [
  { name: 'rotate', when: { minute: 0, hour: 2, weekday: 0 }, fine: [], what: 'weekly rotation' },
  { name: 'audit', when: { minute: 0, hour: 6, weekday: null }, fine: ['UNSAFE', 'PARTIAL'], what: 'daily audit' },
  { name: 'backup', when: { minute: 0, hour: 3, weekday: 0 }, fine: [], what: 'weekly backup' },
]

export const jobNamed = (name: string): Job | null => jobs.find((job) => job.name === name) ?? null

/** Milliseconds from one run to the next. */
const periodOf = ({ weekday }: When): number => (weekday === null ? day : 7 * day)

/** Jobs that are installed and have not come to an end within twice their period: whoever runs next says so. */
export const overdueJobs = (
  { schedule, jobs: ran }: Pick<Known, 'schedule' | 'jobs'>,
  now: number,
): readonly { readonly job: string; readonly period: number }[] =>
  (schedule?.jobs ?? []).flatMap((name) => {
    const job = jobNamed(name)
    if (schedule === null || job === null) return []
    const period = periodOf(job.when)
    // a time to come was written by a clock that was wrong: it counts for nothing
    const last = Math.max(...[schedule.since, ran[name]?.ended ?? -Infinity].filter((at) => at <= now + period))
    return now - last > 2 * period ? [{ job: name, period }] : []
  })
