import { backupFindings } from '../audit/audit-backup.ts'
import type { FindingId, Kind } from '../audit/findings.ts'
import { findingTable } from '../audit/findings.ts'
import { overdueFinding } from '../audit/overdue.ts'
import { formatDuration, isoTime } from '../duration.ts'
import type { Known, KnownContainer, KnownFinding, KnownHost } from '../known/known.ts'
import { rotationFindings } from '../rotate/known-rotations.ts'
import { overdueJobs } from '../schedule/jobs.ts'

/** Something that is not as it should be, and stays open until it is gone: a finding, or what a status, a job or the
 *  calendar shows. */
export interface Concern extends KnownFinding {
  /** The same as long as it is the same thing. */
  readonly key: string
}

/** Beside the findings of an audit. */
export const concernTable = {
  'HOST-PROBLEM': { severity: 'medium', meaning: 'a host refuses deliveries' },
  'CONTAINER-NOT-READY': { severity: 'medium', meaning: 'a container is degraded, stopped, missing or not known' },
  'JOB-FAILED': { severity: 'medium', meaning: 'a job of the schedule could not do its work' },
  'JOB-OVERDUE': { severity: 'high', meaning: 'a job of the schedule has not run within twice its period' },
} as const

/** What a concern may be called. */
type ConcernId = keyof typeof concernTable | FindingId

/** Both an audit and a status judge these, of a host: the newer one counts. */
const shared: readonly string[] = [
  'UNREACHABLE',
  'BEHIND',
  'NOT-SET-UP',
  'WATCH-STOPPED',
] satisfies readonly FindingId[]

/** What somebody accepted and is not to be told of, by key: in whose words, `accepted by anna until 2027-03-01`. */
export const acceptedConcerns = ({ audit }: Pick<Known, 'audit'>, now: number): ReadonlyMap<string, string> =>
  new Map(
    (audit?.accepted ?? [])
      .filter(({ until }) => now < until)
      .map(({ by, until, ...one }) => [
        keyOf(one),
        `accepted${by === null ? '' : ` by ${by}`} until ${isoTime(until - 1).slice(0, 10)}`,
      ]),
  )

/** All that is open, by key. Pure: what is known and the time decide. */
export const concernsOf = (known: Known, now: number): ReadonlyMap<string, Concern> => {
  const all = [
    ...audited(known),
    ...seen(known),
    ...overdueSecrets(known, now),
    ...backups(known, now),
    ...rotations(known, now),
    ...jobs(known, now),
  ]
  const accepted = acceptedConcerns(known, now)
  return new Map(all.filter(({ key }) => !accepted.has(key)).map((one) => [one.key, one]))
}

const kinds: Readonly<Record<ConcernId, Kind>> = { ...findingTable, ...concernTable }

const concern = (id: ConcernId, details: Omit<KnownFinding, 'id' | 'severity'>): Concern =>
  keyed({ id, severity: kinds[id].severity, ...details })

const keyed = (one: KnownFinding): Concern => ({ ...one, key: keyOf(one) })

const keyOf = ({ id, host, path }: Pick<KnownFinding, 'id' | 'host' | 'path'>): string =>
  JSON.stringify([id, host, host !== null && shared.includes(id) ? null : path])

const audited = ({ audit, status, secrets, backup, rotations: seen }: Known): readonly Concern[] => {
  if (audit === null) return []
  const asked = new Map(status?.hosts.map((one) => [one.host, one]))
  const isOlder = ({ id, host }: KnownFinding): boolean => {
    const since = host === null || !shared.includes(id) ? undefined : asked.get(host)
    if (since === undefined || (id === 'WATCH-STOPPED' && since.watch === null)) return false
    return since.look > (audit.hosts[since.host] ?? -Infinity)
  }
  // the calendar knows better, and any look since knows what was replaced
  const isDated = ({ id }: KnownFinding): boolean =>
    (id === 'SECRET-OVERDUE' && secrets !== null) ||
    ((id === 'BACKUP-OVERDUE' || id === 'BACKUP-DAMAGED') && backup !== null) ||
    ((id === 'ROTATION-STUCK' || id === 'ROTATION-FAILED') && seen !== null)
  return audit.findings.filter((one) => !isOlder(one) && !isDated(one)).map(keyed)
}

const seen = ({ audit, status }: Known): readonly Concern[] =>
  (status?.hosts ?? []).flatMap((one) => {
    const isNewest = (audit?.hosts[one.host] ?? -Infinity) <= one.look
    const isMissed = audit?.findings.some(({ id, host }) => id === 'UNREACHABLE' && host === one.host) === true
    return [
      ...ofHost(one).filter(({ id }) => isNewest || !shared.includes(id)),
      ...(isNewest || isMissed ? ofWatch(one) : []),
      ...ofContainers(one),
    ]
  })

const ids: ReadonlyMap<string, ConcernId> = new Map([
  ['unreachable', 'UNREACHABLE'],
  ['behind', 'BEHIND'],
  ['not set up', 'NOT-SET-UP'],
  ['problem', 'HOST-PROBLEM'],
])

const ofHost = ({ host, state, why }: KnownHost): readonly Concern[] => {
  const id = ids.get(state)
  if (id === undefined) return []
  const verb = id === 'NOT-SET-UP' ? 'setup' : id === 'BEHIND' ? 'deploy' : 'status'
  return [concern(id, { host, path: null, message: why ?? state, fix: `lockstep ${verb} --hosts ${host}` })]
}

const ofWatch = ({ host, watch }: KnownHost): readonly Concern[] => {
  const fix = `find out who did that; lockstep setup --watch --hosts ${host}`
  return watch === 'stopped' ? [concern('WATCH-STOPPED', { host, path: null, message: 'it does not run', fix })] : []
}

/** One that starts has its time; one that waits is to wait. */
const isNotReady = ({ state }: KnownContainer): boolean => !['ready', 'waiting', 'starting'].includes(state)

const ofContainers = ({ host, containers }: KnownHost): readonly Concern[] =>
  containers.filter(isNotReady).map(({ container, state, note }) =>
    concern('CONTAINER-NOT-READY', {
      host,
      path: container,
      message: note === null ? `is ${state}` : `is ${state}: ${note}`,
      fix: `lockstep status --hosts ${host}`,
    }),
  )

const overdueSecrets = ({ secrets }: Known, now: number): readonly Concern[] =>
  (secrets ?? []).flatMap(({ name, host, set, every }) => {
    const found = overdueFinding({ name, host, age: set === null ? null : now - set, every })
    return found === null ? [] : [keyed(found)]
  })

const backups = ({ backup }: Known, now: number): readonly Concern[] =>
  backup === null ? [] : backupFindings(backup, now).map(keyed)

const rotations = ({ rotations: seen }: Known, now: number): readonly Concern[] =>
  seen === null ? [] : rotationFindings(seen, now).map(keyed)

/** No job takes as long: it was killed, or hangs. */
const longestRun = 6 * 3_600_000

const jobs = (known: Known, now: number): readonly Concern[] => [
  ...Object.entries(known.jobs).flatMap(([job, ran]) => {
    const message = ran.ended === null && now - ran.begun > longestRun ? 'it began and has not come to an end' : ran.why
    return message === null ? [] : [concern('JOB-FAILED', { host: null, path: job, message, fix: `lockstep ${job}` })]
  }),
  ...overdueJobs(known, now).map(({ job, period }) =>
    concern('JOB-OVERDUE', {
      host: null,
      path: job,
      message: `has not run within twice its period of ${formatDuration(period)}`,
      fix: 'lockstep schedule list',
    }),
  ),
]
