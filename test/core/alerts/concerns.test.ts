import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptedConcerns, concernsOf } from '../../../src/core/alerts/concerns.ts'
import type { Known, KnownFinding, KnownHost } from '../../../src/core/known/known.ts'
import { nothingKnown } from '../../../src/core/known/known.ts'

const day = 86_400_000

const found = (id: string, host: string | null, path: string | null = null): KnownFinding => ({
  id,
  severity: 'high',
  host,
  path,
  message: 'm',
  fix: 'f',
})

const host = (details: Partial<KnownHost>): KnownHost => ({
  host: 'host1',
  look: 10,
  state: 'in step',
  generation: 1,
  next: null,
  why: null,
  containers: [],
  watch: null,
  ...details,
})

const ids = (known: Partial<Known>, now = 20): readonly string[] =>
  [...concernsOf({ ...nothingKnown, ...known }, now).values()].map(({ id, host: at, path, severity }) =>
    [id, at ?? '-', path ?? '-', severity].join(' '),
  )

test('nothing known, nothing open', () => assert.deepEqual(ids({}), []))

test('findings are open as they are', () => {
  const audit = {
    at: 5,
    hosts: { host1: 5 },
    accepted: null,
    findings: [found('WORLD-READABLE', 'host1', '/x'), found('ROLLED_BACK', null, 'ledger')],
  }
  assert.deepEqual(ids({ audit }), ['WORLD-READABLE host1 /x high', 'ROLLED_BACK - ledger high'])
})

for (const [name, auditAt, expected] of [
  ['the newer status says it is there', 5, []],
  ['the newer audit says it is not', 15, ['UNREACHABLE host1 - high']],
] as const) {
  test(`a host that both saw: ${name}`, () => {
    const audit = { at: auditAt, hosts: { host1: auditAt }, findings: [found('UNREACHABLE', 'host1')], accepted: null }
    assert.deepEqual(ids({ audit, status: { at: 10, revision: 1, hosts: [host({})] } }), expected)
  })
}

test('a host behind is one concern, not one of the audit and one of the status', () => {
  const audit = { at: 10, hosts: { host1: 10 }, findings: [found('BEHIND', 'host1', '/opt/shop')], accepted: null }
  assert.deepEqual(
    ids({ audit, status: { at: 10, revision: 1, hosts: [host({ state: 'behind', next: 2 })] } }).length,
    1,
  )
})

test('a watch that does not run is one concern, whoever looked last, and as long as nobody saw it run', () => {
  const stopped = 'WATCH-STOPPED host1 - high'
  const stoppedThere = 'WATCH-STOPPED host1 /a high'
  const there = found('WATCH-STOPPED', 'host1', '/a')
  const lost = found('UNREACHABLE', 'host1')
  const rows: readonly (readonly [string, number | null, readonly KnownFinding[], KnownHost, readonly string[]])[] = [
    ['a status alone', null, [], host({ watch: 'stopped' }), [stopped]],
    ['it runs', null, [], host({ watch: 'runs' }), []],
    ['both', 5, [there], host({ watch: 'stopped' }), [stopped]],
    ['a newer status saw it run', 5, [there], host({ watch: 'runs' }), []],
    ['a newer status could not ask', 5, [there], host({ watch: null }), [stoppedThere]],
    ['a newer audit saw it run', 15, [], host({ watch: 'stopped' }), []],
    ['a newer audit saw it too', 15, [there], host({ watch: 'stopped' }), [stoppedThere]],
    ['a newer audit could not ask', 15, [lost], host({ watch: 'stopped' }), ['UNREACHABLE host1 - high', stopped]],
  ]
  for (const [name, at, findings, one, expected] of rows) {
    const audit = at === null ? null : { at, hosts: { host1: at }, findings, accepted: null }
    assert.deepEqual(ids({ audit, status: { at: 10, revision: 1, hosts: [one] } }), expected, name)
  }
})

test('states of hosts and containers', () => {
  const containers = ['ready', 'waiting', 'starting', 'degraded', 'stopped', 'missing', 'unknown'].map((state) => ({
    container: state,
    state,
    note: null,
  }))
  const hosts = [
    host({ state: 'unreachable', host: 'a' }),
    host({ state: 'problem', host: 'b' }),
    host({ state: 'not set up', host: 'c' }),
    host({ state: 'behind', host: 'd' }),
    host({ containers }),
  ]
  assert.deepEqual(ids({ status: { at: 10, revision: 1, hosts } }), [
    'UNREACHABLE a - medium',
    'HOST-PROBLEM b - medium',
    'NOT-SET-UP c - medium',
    'BEHIND d - low',
    ...['degraded', 'stopped', 'missing', 'unknown'].map((state) => `CONTAINER-NOT-READY host1 ${state} medium`),
  ])
})

test('a secret becomes overdue by the calendar alone', () => {
  const secrets = [{ name: 'KEY', group: 'aws', host: null, set: 0, every: 7 * day }]
  assert.deepEqual(ids({ secrets }, 7 * day), [])
  assert.deepEqual(ids({ secrets }, 8 * day), ['SECRET-OVERDUE - KEY medium'])
})

test('an overdue secret is one concern, whoever says it, until a look sees it replaced', () => {
  const findings = [found('SECRET-OVERDUE', null, 'KEY'), found('SECRET-OVERDUE', null, 'KEY (host1)')]
  const audit = { at: 5, hosts: {}, findings, accepted: null }
  const secret = { name: 'KEY', group: 'aws', every: 7 * day }
  const both = [
    { ...secret, host: null, set: 0 },
    { ...secret, host: 'host1', set: 0 },
  ]
  const said = ['SECRET-OVERDUE - KEY medium', 'SECRET-OVERDUE - KEY (host1) medium']
  assert.deepEqual(ids({ audit, secrets: both }, 9 * day), said)
  assert.deepEqual(ids({ audit, secrets: [{ ...secret, host: null, set: 9 * day }] }, 9 * day), [])
  assert.deepEqual(ids({ audit, secrets: null }).length, 2)
})

test('what somebody accepted is told to nobody until its day has passed, whoever says it', () => {
  const secrets = [{ name: 'KEY', group: 'aws', host: null, set: 0, every: day }]
  const accepted = [
    { id: 'SECRET-OVERDUE', host: null, path: 'KEY', until: 9 * day, by: 'anna' },
    { id: 'BEHIND', host: 'host1', path: '/opt/shop', until: 9 * day, by: null },
  ]
  const known = {
    audit: { at: 5, hosts: {}, findings: [], accepted },
    secrets,
    status: { at: 10, revision: 1, hosts: [host({ state: 'behind', next: 2 })] },
  }
  assert.deepEqual(ids(known, 9 * day - 1), [])
  assert.deepEqual(
    [...acceptedConcerns(known, 9 * day - 1).values()],
    ['accepted by anna until 1970-01-09', 'accepted until 1970-01-09'],
  )
  assert.equal(acceptedConcerns(known, 9 * day).size, 0)
  assert.deepEqual(ids(known, 9 * day), ['BEHIND host1 - low', 'SECRET-OVERDUE - KEY medium'])
})

const job = { begun: 1, pid: 1, ended: 2, exit: 0, succeeded: 2, why: null }

test('a job that failed, and one that has not run', () => {
  const schedule = { by: 'cron' as const, since: 0, jobs: ['audit', 'backup'], program: '/l', textfile: null }
  assert.deepEqual(ids({ schedule, jobs: {} }, 2 * day), [])
  assert.deepEqual(ids({ schedule, jobs: {} }, 2 * day + 1), ['JOB-OVERDUE - audit high'])
  assert.deepEqual(ids({ schedule, jobs: {} }, 15 * day), ['JOB-OVERDUE - audit high', 'JOB-OVERDUE - backup high'])
  assert.deepEqual(ids({ schedule, jobs: { audit: { ...job, ended: 14 * day } } }, 15 * day), [
    'JOB-OVERDUE - backup high',
  ])
  assert.deepEqual(ids({ jobs: { audit: { ...job, why: 'DENIED: no password' } } }), ['JOB-FAILED - audit medium'])
  const wrong = { ...job, ended: 99 * day }
  assert.deepEqual(
    ids({ schedule, jobs: { audit: wrong } }, 3 * day),
    ['JOB-OVERDUE - audit high'],
    'a clock that was wrong',
  )
  assert.deepEqual(ids({ jobs: { audit: job } }, 99 * day), [], 'not installed: nobody expects it')
})

test('an overdue backup is one concern, and the calendar knows better than an audit', () => {
  const backup = { at: 0, every: 7 * day, damage: [] }
  const audit = { at: 1, hosts: {}, findings: [found('BACKUP-OVERDUE', null, 'backups')], accepted: null }
  assert.deepEqual(ids({ backup }, 6 * day), [])
  assert.deepEqual(ids({ backup }, 8 * day), ['BACKUP-OVERDUE - backups medium'])
  assert.deepEqual(ids({ backup, audit }, 8 * day), ['BACKUP-OVERDUE - backups medium'])
  assert.deepEqual(ids({ backup: { ...backup, at: 7 * day }, audit }, 8 * day), [])
  assert.deepEqual(ids({ backup: { ...backup, every: null } }, 99 * day), [])
  assert.deepEqual(ids({ audit }, 8 * day), ['BACKUP-OVERDUE - backups high'], 'as that audit said it')
})

test('what is wrong with a backup is open until a look finds it mended, whatever an audit said before', () => {
  const missing = { host: 'a', kind: 'missing', name: 'x.backup', message: 'is not there' } as const
  const audit = { at: 1, hosts: {}, findings: [found('BACKUP-DAMAGED', null, 'a:backups/x.backup')], accepted: null }
  const backup = { at: 0, every: null, damage: [missing, { ...missing, host: null }] }
  assert.deepEqual(ids({ backup, audit }, 1), [
    'BACKUP-DAMAGED - a:backups/x.backup medium',
    'BACKUP-DAMAGED - backups/x.backup medium',
  ])
  assert.deepEqual(ids({ backup: { ...backup, damage: [] }, audit }, 1), [])
})
