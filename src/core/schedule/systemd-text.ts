import { weekdays } from '../local-time.ts'
import { cronPath, type Installed, scheduleName } from './installed.ts'
import type { Job, When } from './jobs.ts'

export interface Unit {
  readonly name: string
  readonly text: string
}

/** `Sun *-*-* 03:00:00`. */
export const calendarOf = ({ minute, hour, weekday }: When): string =>
  `${weekday === null ? '' : `${weekdays[weekday] ?? ''} `}*-*-* ${two(hour)}:${two(minute)}:00`

const two = (count: number): string => String(count).padStart(2, '0')

export const timerName = (installed: Installed, { name }: Pick<Job, 'name'>): string =>
  `${scheduleName(installed)}-${name.toUpperCase()}.timer`

/** The service and the timer of one job. */
export const unitsOf = (installed: Installed, job: Job): readonly Unit[] => [
  { name: timerName(installed, job).replace(/timer$/, 'service'), text: serviceText(installed, job) },
  { name: timerName(installed, job), text: timerText(installed, job) },
]

/** Hardened by what needs no mount namespace: in one of its own an audit of this very machine would see another machine's
 *  /tmp, /home or /proc, and call that clean. */
const serviceText = (installed: Installed, { name, what }: Job): string =>
  [
    installed.mark,
    '[Unit]',
    `Description=lockstep: ${what} of ${installed.project} (${installed.environment})`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${systemdWord(installed.script)} ${name}`,
    'Environment=LOCKSTEP_SCHEDULED=systemd "LOCKSTEP_REASON=job of systemd"',
    `Environment=HOME=/root PATH=${cronPath}`,
    ...(installed.textfile === null ? [] : [`Environment=LOCKSTEP_TEXTFILE=${installed.textfile}`]),
    'UMask=0077',
    'TimeoutStartSec=2h',
    'NoNewPrivileges=yes',
    'RestrictSUIDSGID=yes',
    'RestrictRealtime=yes',
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    '',
  ].join('\n')

const timerText = (installed: Installed, { when, what }: Job): string =>
  [
    installed.mark,
    '[Unit]',
    `Description=when: ${what} of ${installed.project} (${installed.environment})`,
    '',
    '[Timer]',
    `OnCalendar=${calendarOf(when)}`,
    'Persistent=true',
    'RandomizedDelaySec=15min',
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
  ].join('\n')

/** One word of ExecStart. */
export const systemdWord = (text: string): string => {
  const plain = text.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w./:@+%-]+$/.test(plain) ? plain : `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
