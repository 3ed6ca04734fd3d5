import type { Ports } from '../../core/ports.ts'
import { type Installed, scheduleName } from '../../core/schedule/installed.ts'
import { jobs } from '../../core/schedule/jobs.ts'
import type { By, Places } from '../../core/schedule/schedule-plan.ts'
import { timerName } from '../../core/schedule/systemd-text.ts'
import { foundAt } from './schedule.ts'

/** What is installed for this clone, by the files alone: who did it may have been another account. Null: nothing. */
export const foundSchedule = async (
  ports: Pick<Ports, 'files'>,
  installed: Installed,
  places: Places,
): Promise<{ readonly by: By; readonly jobs: readonly string[] } | null> => {
  const ours = async (path: string): Promise<readonly string[] | null> => {
    const lines = (await foundAt(ports, path))?.text.split('\n')
    return lines?.includes(installed.mark) === true ? lines : null
  }
  const cron = await ours(`${places.cron}/${scheduleName(installed)}`)
  if (cron !== null) {
    const isIn = (name: string): boolean => cron.some((line) => /^\d/.test(line) && line.endsWith(` ${name}`))
    return { by: 'cron', jobs: jobs.map(({ name }) => name).filter(isIn) }
  }
  const timers = await Promise.all(
    jobs.map(async (job) => ((await ours(`${places.units}/${timerName(installed, job)}`)) === null ? [] : [job.name])),
  )
  return timers.flat().length === 0 ? null : { by: 'systemd', jobs: timers.flat() }
}
