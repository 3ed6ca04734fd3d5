import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concernsOf } from '../../../src/core/alerts/concerns.ts'
import type { Known } from '../../../src/core/known/known.ts'
import { nothingKnown } from '../../../src/core/known/known.ts'
import { metricHelp, metricsOf } from '../../../src/core/metrics/metrics.ts'
import { prometheusText } from '../../../src/core/metrics/prometheus-text.ts'

const day = 86_400_000
const now = 100 * day

const full: Known = {
  looks: 2,
  audit: {
    at: now - 5000,
    hosts: { host1: 1 },
    accepted: null,
    findings: [{ id: 'WORLD-READABLE', severity: 'high', host: 'host1', path: '/x', message: 'm', fix: 'f' }],
  },
  status: {
    at: now - 7000,
    revision: 1,
    hosts: [
      {
        host: 'host1',
        look: 2,
        state: 'behind',
        generation: 41,
        next: 43,
        why: null,
        containers: [
          { container: 'api', state: 'degraded', note: null },
          { container: 'web', state: 'ready', note: null },
        ],
        watch: 'runs',
      },
      {
        host: 'host2',
        look: 2,
        state: 'unreachable',
        generation: null,
        next: null,
        why: null,
        containers: [],
        watch: null,
      },
    ],
  },
  secrets: [
    { name: 'KEY', group: 'aws', host: null, set: now - 9 * day, every: 7 * day },
    { name: 'KEY', group: 'aws', host: 'host1', set: now - 1000, every: null },
    { name: 'NONE', group: 'aws', host: null, set: null, every: null },
  ],
  backup: { at: now - 3000, every: null, damage: [] },
  rotations: {
    half: { id: '12345678', since: now - 2 * 3_600_000, by: 'anna' },
    waiting: [
      { id: 'aws', since: null, over: now - 2 * day, problem: null },
      { id: 'db', since: null, over: now + day, problem: null },
    ],
    failed: [{ id: 'redis', at: now - day }],
    ended: now - day,
  },
  jobs: { audit: { begun: now - 9000, pid: 1, ended: now - 8000, exit: 9, succeeded: now - 8000, why: null } },
  schedule: { by: 'cron', since: now - 30 * day, jobs: ['audit', 'backup'], program: '/l', textfile: null },
}

const textOf = (known: Known, at = now): string =>
  prometheusText(
    metricsOf({
      project: 'shop',
      environment: 'production',
      known,
      concerns: concernsOf(known, at),
      alerts: null,
      now: at,
    }),
  )

const value = (text: string, name: string, ...labels: readonly string[]): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
    ?.split(' ')
    .at(-1)

test('every figure', () => {
  const text = textOf(full)
  const expected: readonly (readonly [string, string, ...string[]])[] = [
    ['lockstep_secret_age_seconds', '777600', 'host=""'],
    ['lockstep_secret_overdue', '1', 'host=""'],
    ['lockstep_secret_overdue', '0', 'host="host1"'],
    ['lockstep_host_generations_behind', '2', 'host="host1"'],
    ['lockstep_host_unreachable', '1', 'host="host2"'],
    ['lockstep_watch_running', '1', 'host="host1"'],
    ['lockstep_host_unreachable', '0', 'host="host1"'],
    ['lockstep_container_degraded', '1', 'container="api"'],
    ['lockstep_container_degraded', '0', 'container="web"'],
    ['lockstep_audit_age_seconds', '5'],
    ['lockstep_status_age_seconds', '7'],
    ['lockstep_findings', '1', 'severity="high"'],
    ['lockstep_findings', '0', 'severity="low"'],
    ['lockstep_backup_verified_age_seconds', '3'],
    ['lockstep_backup_overdue', '0'],
    ['lockstep_backup_damaged', '0'],
    ['lockstep_job_last_success_age_seconds', '8', 'job="audit"'],
    ['lockstep_job_last_exit_code', '9', 'job="audit"'],
    ['lockstep_job_overdue', '0', 'job="audit"'],
    ['lockstep_job_overdue', '1', 'job="backup"'],
    ['lockstep_rotation_last_end_timestamp_seconds', '8553600'],
    ['lockstep_rotation_half_done', '1'],
    ['lockstep_rotation_waiting', '2'],
    ['lockstep_rotation_stuck', '2'],
    ['lockstep_rotation_failed', '1'],
    // the finding, the job; the host, its container, the secret and three rotations; the host behind
    ['lockstep_alerts_open', '2', 'severity="high"'],
    ['lockstep_alerts_open', '6', 'severity="medium"'],
    ['lockstep_metrics_timestamp_seconds', '8640000'],
  ]
  for (const [name, wanted, ...labels] of expected)
    assert.equal(value(text, name, ...labels), wanted, `${name} ${labels.join()}`)
  assert.doesNotMatch(text, /NONE/, 'what has no value has no age')
})

test('what was never looked at is absent, not zero', () => {
  const text = textOf(nothingKnown)
  assert.deepEqual(
    [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name),
    [
      'lockstep_metrics_timestamp_seconds',
      'lockstep_alerts_open',
      'lockstep_alerts_waiting',
      'lockstep_alert_sinks_failing',
    ],
  )
})

test('an overdue backup is one, whether there ever was any or not', () => {
  for (const at of [null, now - 8 * day]) {
    assert.match(
      textOf({ ...nothingKnown, backup: { at, every: 7 * day, damage: [] } }),
      /^lockstep_backup_overdue\{[^}]*\} 1$/m,
    )
  }
})

test('a clock that went back makes nothing younger than new', () => {
  assert.doesNotMatch(textOf(full, now - 50 * day), /_age_seconds\S* -/)
})

test('every name is used, and once', () => {
  const text = textOf(full)
  for (const name of Object.keys(metricHelp)) assert.equal(text.split(`# TYPE ${name} gauge\n`).length, 2, name)
})

test('label values are escaped', () => {
  const samples = [{ labels: { host: 'a"b\\c\nd\ud800' }, value: 1 }]
  assert.equal(
    prometheusText([{ name: 'x', help: 'a\\b\nc', samples }]),
    '# HELP x a\\\\b\\nc\n# TYPE x gauge\nx{host="a\\"b\\\\c\\nd\ufffd"} 1\n',
  )
})
