import { fail } from '../errors.ts'
import { cronText } from './cron-text.ts'
import { type Installed, scheduleName } from './installed.ts'
import type { Job } from './jobs.ts'
import { manageText } from './manage-script.ts'
import { timerName, unitsOf } from './systemd-text.ts'

/** Where a machine keeps what runs by itself. */
export interface Places {
  readonly cron: string
  readonly units: string
}

export const systemPlaces: Places = { cron: '/etc/cron.d', units: '/etc/systemd/system' }

/** A file of a schedule; `text` null: it should not be there. */
export interface WantedFile {
  readonly path: string
  readonly mode: number
  readonly text: string | null
}

export type By = 'cron' | 'systemd'

/** Every path that a schedule may have, as it should be: with cron no timers, with timers no lines of cron, with null
 *  nothing at all. `all` are the jobs there ever are, `jobs` those that are to run. */
export const wantedFiles = (
  installed: Installed,
  {
    by,
    jobs,
    all,
    places,
  }: { readonly by: By | null; readonly jobs: readonly Job[]; readonly all: readonly Job[]; readonly places: Places },
): readonly WantedFile[] => {
  const wanted = new Set(jobs.map(({ name }) => name))
  const cron = by === 'cron' ? cronText(installed, jobs) : null
  const units = all.flatMap((job) =>
    unitsOf(installed, job).map(({ name, text }) => ({
      path: `${places.units}/${name}`,
      mode: 0o644,
      text: by === 'systemd' && wanted.has(job.name) ? text : null,
    })),
  )
  return [
    { path: installed.script, mode: 0o755, text: by === null ? null : manageText(installed) },
    { path: `${places.cron}/${scheduleName(installed)}`, mode: 0o644, text: cron },
    ...units,
  ]
}

export const timersOf = (installed: Installed, jobs: readonly Job[]): readonly string[] =>
  jobs.map((job) => timerName(installed, job))

export type FileState = 'kept' | 'missing' | 'edited' | 'to remove' | 'absent'

/** How a file stands. @throws CONFLICT for one that is not ours, or another clone's: nobody writes over that */
export const fileState = (
  { path, mode, text }: WantedFile,
  found: { readonly text: string; readonly mode: number } | null,
  mark: string,
): FileState => {
  if (found === null) return text === null ? 'absent' : 'missing'
  const lines = found.text.split('\n').slice(0, 2)
  if (!lines.includes(mark)) {
    const other = lines.find((line) => line.startsWith('# made by lockstep schedule install for '))
    if (text === null && other === undefined) return 'absent'
    throw fail(
      'CONFLICT',
      other === undefined ? 'this file is not ours' : 'this file is of another clone or environment',
      {
        at: path,
        hint:
          other === undefined
            ? 'move it away if it is not needed'
            : `run lockstep schedule remove there: ${other.slice(2)}`,
      },
    )
  }
  if (text === null) return 'to remove'
  return found.text === text && found.mode === mode ? 'kept' : 'edited'
}
