import { cronPath, type Installed, scheduleWord } from './installed.ts'
import type { Job, When } from './jobs.ts'

/** `0 6 * * *`. */
const cronWhen = ({ minute, hour, weekday }: When): string => `${minute} ${hour} * * ${weekday ?? '*'}`

/** One line of /etc/cron.d: what people know from a crontab, and who runs it. */
export const cronLine = ({ name, when }: Job, script: string): string =>
  `${cronWhen(when)} root ${cronCommand(`${scheduleWord(script)} ${name}`)}`

/** cron ends the command at a bare %. */
const cronCommand = (text: string): string => text.replaceAll('%', '\\%')

/** The whole file. */
export const cronText = (installed: Installed, jobs: readonly Job[]): string =>
  [
    installed.mark,
    'SHELL=/bin/sh',
    `PATH=${cronPath}`,
    'LOCKSTEP_SCHEDULED=cron',
    'LOCKSTEP_REASON=job of cron',
    ...(installed.textfile === null ? [] : [`LOCKSTEP_TEXTFILE=${installed.textfile}`]),
    ...jobs.map((job) => cronLine(job, installed.script)),
    '',
  ].join('\n')
