import type { AlertState } from '../alerts/alert-state.ts'
import type { Concern } from '../alerts/concerns.ts'
import { severities } from '../audit/findings.ts'
import { overdueBackup } from '../backup/backup-due.ts'
import type { Known, KnownContainer, KnownHost, KnownJob, KnownSecret } from '../known/known.ts'
import { rotationFindings } from '../rotate/known-rotations.ts'
import { overdueJobs } from '../schedule/jobs.ts'
import { dueState } from '../secrets/due.ts'
import type { Family, Sample } from './prometheus-text.ts'

export interface MetricsInput {
  readonly project: string
  readonly environment: string
  readonly known: Known
  readonly concerns: ReadonlyMap<string, Concern>
  /** Null: none was ever sent. */
  readonly alerts: AlertState | null
  readonly now: number
}

/** Every name there is, with what it says. Ages are seconds; a time is seconds since 1970. */
export const metricHelp = {
  lockstep_metrics_timestamp_seconds: 'When these figures were made: too old means that nobody makes them any more',
  lockstep_secret_age_seconds: 'Age of the value of a secret',
  lockstep_secret_set_timestamp_seconds: 'When the value of a secret was written',
  lockstep_secret_overdue: '1 where a secret is older than its group allows',
  lockstep_status_timestamp_seconds: 'When all hosts were last asked what they run',
  lockstep_status_age_seconds: 'How long that is ago',
  lockstep_host_unreachable: '1 where a host did not answer',
  lockstep_host_in_step: '1 where a host has what the project says',
  lockstep_host_generations_behind: 'Generations that a host is behind what a delivery would bring',
  lockstep_watch_running: '1 where the watch that was brought to a host runs',
  lockstep_container_degraded: '1 where a container runs without all its secrets',
  lockstep_container_ready: '1 where a container is ready, or waits for its next start',
  lockstep_audit_timestamp_seconds: 'When all hosts were last audited',
  lockstep_audit_age_seconds: 'How long that is ago',
  lockstep_findings: 'Findings of the last audit by severity',
  lockstep_backup_verified_timestamp_seconds: 'When a backup was last read back whole',
  lockstep_backup_verified_age_seconds: 'How long that is ago',
  lockstep_backup_overdue: '1 where that is too long ago, or never was, and somebody waits for backups',
  lockstep_backup_damaged: 'Backups and copies of them that are not as they were written',
  lockstep_rotation_last_end_timestamp_seconds: 'When a credential was last rotated, or its rotation taken back',
  lockstep_rotation_half_done: '1 where a rotation is at work, or was cut off',
  lockstep_rotation_waiting: 'Credentials whose former value is still valid',
  lockstep_rotation_stuck: 'Rotations and former values that should have come to their end',
  lockstep_rotation_failed: 'Credentials whose last rotation was refused and taken back',
  lockstep_job_last_end_timestamp_seconds: 'When a job last came to an end',
  lockstep_job_last_success_timestamp_seconds: 'When a job last did its work',
  lockstep_job_last_success_age_seconds: 'How long that is ago',
  lockstep_job_last_exit_code: 'Exit status of the last run of a job that ended',
  lockstep_job_failed: '1 where the last run of a job could not do its work',
  lockstep_job_overdue: '1 where a job has not run within twice its period',
  lockstep_alerts_open: 'What is not as it should be, by severity',
  lockstep_alerts_waiting: 'Alerts that a sink has not taken yet',
  lockstep_alert_sinks_failing: 'Sinks that refused what they were last sent',
} as const

export type MetricName = keyof typeof metricHelp

/** All figures, in the order of the names. */
export const metricsOf = (input: MetricsInput): readonly Family[] => {
  const { project, environment, now } = input
  const found: Samples = {
    lockstep_metrics_timestamp_seconds: one(seconds(now)),
    ...secretMetrics(input),
    ...statusMetrics(input),
    ...auditMetrics(input),
    ...backupMetrics(input),
    ...rotationMetrics(input),
    ...jobMetrics(input),
    ...alertMetrics(input),
  }
  return names.map((name) => ({
    name,
    help: metricHelp[name],
    samples: (found[name] ?? []).map(({ labels, value }) => ({ labels: { project, environment, ...labels }, value })),
  }))
}

type Samples = { readonly [Name in MetricName]?: readonly Sample[] }

const isName = (name: string): name is MetricName => Object.hasOwn(metricHelp, name)
const names: readonly MetricName[] = Object.keys(metricHelp).filter(isName)

const one = (value: number): readonly Sample[] => [{ labels: {}, value }]
const truth = (is: boolean): number => (is ? 1 : 0)
const seconds = (milliseconds: number): number => milliseconds / 1000
/** A clock that was put back makes nothing younger than new. */
const age = (at: number, now: number): number => seconds(Math.max(0, now - at))

const aged = (
  name: 'lockstep_backup_verified' | 'lockstep_status' | 'lockstep_audit',
  at: number | null,
  now: number,
): Samples =>
  at === null ? {} : { [`${name}_timestamp_seconds`]: one(seconds(at)), [`${name}_age_seconds`]: one(age(at, now)) }

const secretMetrics = ({ known: { secrets }, now }: MetricsInput): Samples => {
  const labels = ({ name, group, host }: KnownSecret): Sample['labels'] => ({ secret: name, group, host: host ?? '' })
  const set = (secrets ?? []).flatMap((each) => (each.set === null ? [] : [{ ...each, set: each.set }]))
  return {
    lockstep_secret_age_seconds: set.map((each) => ({ labels: labels(each), value: age(each.set, now) })),
    lockstep_secret_set_timestamp_seconds: set.map((each) => ({ labels: labels(each), value: seconds(each.set) })),
    lockstep_secret_overdue: set.map((each) => ({
      labels: labels(each),
      value: truth(dueState(now - each.set, each.every) === 'overdue'),
    })),
  }
}

const statusMetrics = ({ known: { status }, now }: MetricsInput): Samples => {
  if (status === null) return {}
  const hosts = (value: (host: KnownHost) => number): readonly Sample[] =>
    status.hosts.map((each) => ({ labels: { host: each.host }, value: value(each) }))
  const containers = (value: (container: KnownContainer) => number): readonly Sample[] =>
    status.hosts.flatMap(({ host, containers: all }) =>
      all.map((each) => ({ labels: { host, container: each.container }, value: value(each) })),
    )
  return {
    ...aged('lockstep_status', status.at, now),
    lockstep_host_unreachable: hosts(({ state }) => truth(state === 'unreachable')),
    lockstep_host_in_step: hosts(({ state }) => truth(state === 'in step')),
    lockstep_host_generations_behind: hosts(({ generation, next }) =>
      next === null ? 0 : Math.max(0, next - (generation ?? 0)),
    ),
    lockstep_watch_running: status.hosts.flatMap(({ host, watch }) =>
      watch === null ? [] : [{ labels: { host }, value: truth(watch === 'runs') }],
    ),
    lockstep_container_degraded: containers(({ state }) => truth(state === 'degraded')),
    lockstep_container_ready: containers(({ state }) => truth(state === 'ready' || state === 'waiting')),
  }
}

const auditMetrics = ({ known: { audit }, now }: MetricsInput): Samples =>
  audit === null
    ? {}
    : {
        ...aged('lockstep_audit', audit.at, now),
        lockstep_findings: severities.map((severity) => ({
          labels: { severity },
          value: audit.findings.filter((each) => each.severity === severity).length,
        })),
      }

const backupMetrics = ({ known: { backup }, now }: MetricsInput): Samples =>
  backup === null
    ? {}
    : {
        ...aged('lockstep_backup_verified', backup.at, now),
        lockstep_backup_overdue: one(truth(overdueBackup(backup, now) !== null)),
        lockstep_backup_damaged: one(backup.damage.length),
      }

const rotationMetrics = ({ known: { rotations }, now }: MetricsInput): Samples => {
  if (rotations === null) return {}
  const { half, waiting, failed, ended } = rotations
  const stuck = rotationFindings(rotations, now).filter(({ id }) => id === 'ROTATION-STUCK')
  return {
    ...(ended === null ? {} : { lockstep_rotation_last_end_timestamp_seconds: one(seconds(ended)) }),
    lockstep_rotation_half_done: one(truth(half !== null)),
    lockstep_rotation_waiting: one(waiting.length),
    lockstep_rotation_stuck: one(stuck.length),
    lockstep_rotation_failed: one(failed.length),
  }
}

const jobMetrics = ({ known, now }: MetricsInput): Samples => {
  const ran = Object.entries(known.jobs)
  const overdue = new Set(overdueJobs(known, now).map(({ job }) => job))
  const of = (value: (job: KnownJob) => number | null): readonly Sample[] =>
    ran.flatMap(([job, each]) => {
      const found = value(each)
      return found === null ? [] : [{ labels: { job }, value: found }]
    })
  return {
    lockstep_job_last_end_timestamp_seconds: of(({ ended }) => (ended === null ? null : seconds(ended))),
    lockstep_job_last_success_timestamp_seconds: of(({ succeeded }) =>
      succeeded === null ? null : seconds(succeeded),
    ),
    lockstep_job_last_success_age_seconds: of(({ succeeded }) => (succeeded === null ? null : age(succeeded, now))),
    lockstep_job_last_exit_code: of(({ exit }) => exit),
    lockstep_job_failed: of(({ why }) => truth(why !== null)),
    lockstep_job_overdue: (known.schedule?.jobs ?? []).map((job) => ({
      labels: { job },
      value: truth(overdue.has(job)),
    })),
  }
}

const alertMetrics = ({ concerns, alerts }: MetricsInput): Samples => {
  const sinks = Object.values(alerts?.sinks ?? {})
  return {
    lockstep_alerts_open: severities.map((severity) => ({
      labels: { severity },
      value: [...concerns.values()].filter((each) => each.severity === severity).length,
    })),
    lockstep_alerts_waiting: one(sinks.reduce((sum, { waiting }) => sum + waiting.length, 0)),
    lockstep_alert_sinks_failing: one(sinks.filter(({ failed }) => failed !== null).length),
  }
}
