import type { ListedJob, ListedSchedule } from '../../app/schedule/list-schedule.ts'
import type { ChangedFile, ScheduleDone } from '../../app/schedule/schedule.ts'
import { ago, isoTime } from '../../core/duration.ts'
import { fail } from '../../core/errors.ts'
import { shellWord } from '../../core/host-text.ts'
import { noteLine } from '../note-line.ts'
import { scheduleOutput } from '../schedule-output.ts'
import { define, type Command, type Result } from '../command.ts'
import { checkFlag } from '../fleet-flags.ts'
import { table } from '../table.ts'
import { commands } from './index.ts'

export const command: Command = define({
  name: 'schedule',
  area: 'safety',
  summary: 'audit, backup and rotation by themselves, by cron or systemd',
  about: `
On the control host, as root: install puts manage-secrets.sh into <directory>/scripts and the daily audit, the weekly backup
and the weekly rotation of everything into /etc/cron.d, or into timers of systemd; a second time it changes nothing. What
each run found goes to whoever stands under alerts: in lockstep.yaml and into metrics; a job that has not run within twice
its period is itself an alert. The rotation asks nobody, and takes no notice of every:. A line of your own for
manage-secrets.sh rotate --due, each day, rotates what is due meanwhile and ends former values as soon as their overlap is
over. A clone that others than root can change is refused.`,
  args: [
    { name: 'ACTION', required: true, choices: ['install', 'list', 'remove'], summary: 'install, list or remove' },
  ],
  flags: {
    check: { ...checkFlag.check, for: ['install', 'remove'] },
    systemd: { type: 'boolean', for: ['install'], summary: 'timers of systemd instead of cron' },
    textfile: {
      type: 'string',
      for: ['install'],
      value: 'PATH',
      summary: 'each job replaces this file with its metrics',
    },
  },
  examples: [
    { line: 'lockstep schedule install --check', says: 'what would be put where' },
    { line: 'lockstep schedule install', says: 'by cron' },
    { line: 'lockstep schedule install --systemd', says: 'by timers, which catch up after a pause' },
    { line: 'lockstep schedule list', says: 'what is installed, how it ran last, when it runs next' },
  ],
  output: scheduleOutput,
  run: async ({ args, flags, ports, environment }) => {
    const { findProject } = await import('../../app/project/project.ts')
    const project = await findProject(ports, { environment })
    const known = { commands: Object.keys(commands) }
    if (args.ACTION === 'list') {
      const { listSchedule } = await import('../../app/schedule/list-schedule.ts')
      return listedResult(await listSchedule(ports, project, known), ports.clock.now())
    }
    if (ports.machine.uid !== 0 && !flags.check) {
      throw fail('DENIED', 'only root changes what runs by itself on this machine', {
        hint: `sudo lockstep schedule ${args.ACTION}`,
      })
    }
    const { installSchedule, removeSchedule } = await import('../../app/schedule/schedule.ts')
    if (args.ACTION === 'remove') {
      const files = await removeSchedule(ports, project, { check: flags.check })
      return removedResult(files, flags.check)
    }
    const by = flags.systemd ? 'systemd' : 'cron'
    const options = { ...known, by, textfile: flags.textfile ?? null, check: flags.check } as const
    return installedResult(await installSchedule(ports, project, options), flags.check, againWith(flags))
  },
})

const againWith = (flags: { readonly systemd: boolean; readonly textfile: string | undefined }): string =>
  [
    'lockstep schedule install',
    ...(flags.systemd ? ['--systemd'] : []),
    ...(flags.textfile === undefined ? [] : ['--textfile', shellWord(flags.textfile)]),
  ].join(' ')

const isChanged = ({ state }: ChangedFile): boolean => state !== 'kept' && state !== 'absent'

const verbs: Readonly<Record<string, string>> = { missing: 'written', edited: 'written anew', 'to remove': 'removed' }
const plans: Readonly<Record<string, string>> = { missing: 'write', edited: 'write anew', 'to remove': 'remove' }

const changes = (files: readonly ChangedFile[], check: boolean): string =>
  table(files.filter(isChanged).map(({ path, state }) => [(check ? plans : verbs)[state] ?? state, path]))

/** What `schedule install` says; `again` is the command that does what was planned. */
export const installedResult = (done: ScheduleDone, check: boolean, again: string): Result => {
  const nothing = `nothing to do: ${done.jobs.join(' and ')} ${done.jobs.length === 1 ? 'runs' : 'run'} by ${done.by} already`
  const isDue = done.files.some(isChanged)
  const said = isDue ? changes(done.files, check) : nothing
  return {
    text: [said.trimEnd(), ...done.notes.map(noteLine)].join('\n'),
    json: { environment: done.environment, by: done.by, installed: done.jobs, files: done.files, notes: done.notes },
    ...(check && !isDue ? {} : { next: check ? again : 'lockstep alerts test' }),
  }
}

const removedResult = (files: readonly ChangedFile[], check: boolean): Result => ({
  text: files.some(isChanged) ? changes(files, check) : 'nothing of this project runs by itself here',
  json: { files },
})

const listedResult = (found: ListedSchedule, now: number): Result => {
  const rows = found.jobs.map((one) => [one.job, one.state, lastOf(one, now), nextOf(one), one.line ?? '-'])
  const lines = [
    table([['JOB', 'STATE', 'LAST', 'NEXT', 'LINE'], ...rows]).trimEnd(),
    ...(found.isOfAnother
      ? [noteLine('another account installed it: sudo lockstep schedule list says how the jobs ran')]
      : []),
    ...found.edited.map((path) => `edited  ${path}: lockstep schedule install puts it right`),
    ...found.jobs
      .filter(({ isOverdue }) => isOverdue)
      .map(({ job }) => `overdue  ${job}: does cron or systemd run here?`),
  ]
  const isWrong = found.edited.length > 0 || found.jobs.some(({ isOverdue }) => isOverdue)
  return {
    text: lines.join('\n'),
    json: { ...found, jobs: found.jobs.map(jobJson) },
    ...(isWrong ? { exit: 'PARTIAL' as const } : {}),
    ...(found.by === null ? { next: 'lockstep schedule install' } : {}),
  }
}

const lastOf = ({ last }: ListedJob, now: number): string => {
  if (last === null) return 'never'
  if (last.ended === null) return `began ${ago(last.begun, now)}`
  const ended = ago(last.ended, now)
  return last.why === null ? `${ended}, ended with ${last.exit ?? '?'}` : `${ended}, failed: ${last.why}`
}

const nextOf = ({ next }: ListedJob): string => (next === null ? '-' : isoTime(next))

const timeOrNull = (at: number | null): string | null => (at === null ? null : isoTime(at))

const jobJson = ({ last, next, ...job }: ListedJob): object => ({
  ...job,
  last:
    last === null
      ? null
      : { ...last, begun: isoTime(last.begun), ended: timeOrNull(last.ended), succeeded: timeOrNull(last.succeeded) },
  next: timeOrNull(next),
})
