import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusReport } from '../../support/status-report.ts'
import type { FindingId } from '../../../src/core/audit/findings.ts'
import { finding } from '../../../src/core/audit/findings.ts'
import type { HostStatus, StatusReport } from '../../../src/core/fleet/status-report.ts'
import { knownFromJson, nothingKnown } from '../../../src/core/known/known.ts'
import type { AuditSeen } from '../../../src/core/known/learn.ts'
import { learnAudit, learnStatus } from '../../../src/core/known/learn.ts'

const found = (text: string): ReturnType<typeof finding> => {
  const [id = '', host = '-', path = '-'] = text.split(' ')
  const known: readonly FindingId[] = ['WORLD-READABLE', 'UNREACHABLE', 'HOST-LEFT', 'ROLLED_BACK', 'BEHIND']
  const own = known.find((each) => each === id) ?? assert.fail(id)
  return finding(own, { host: host === '-' ? null : host, path: path === '-' ? null : path, message: 'm', fix: 'f' })
}

const look = (hosts: readonly string[], findings: readonly string[], isWhole = true): Omit<AuditSeen, 'at'> => ({
  look: 1,
  hosts,
  findings: findings.map(found),
  accepted: [],
  isWhole,
})

const after = (...looks: readonly Omit<AuditSeen, 'at'>[]): readonly string[] => {
  let known: ReturnType<typeof learnAudit> | null = null
  for (const [at, one] of looks.entries()) known = learnAudit(known, { ...one, at })
  return (known?.findings ?? []).map(({ id, host, path }) => `${id} ${host ?? '-'} ${path ?? '-'}`).toSorted()
}

const both = ['host1', 'host2']
const first = look(both, [
  'WORLD-READABLE host1 /x',
  'WORLD-READABLE host2 /y',
  'ROLLED_BACK - ledger',
  'HOST-LEFT old /opt',
])

const cases: readonly {
  readonly name: string
  readonly next: Omit<AuditSeen, 'at'>
  readonly left: readonly string[]
}[] = [
  { name: 'a whole look replaces all', next: look(both, []), left: [] },
  {
    name: 'a look at one host says nothing of the others, nor of the fleet',
    next: look(['host1'], [], false),
    left: ['HOST-LEFT old /opt', 'ROLLED_BACK - ledger', 'WORLD-READABLE host2 /y'],
  },
  {
    name: 'a host that does not answer has not been mended',
    next: look(both, ['UNREACHABLE host1', 'WORLD-READABLE host2 /y']),
    left: ['UNREACHABLE host1 -', 'WORLD-READABLE host1 /x', 'WORLD-READABLE host2 /y'],
  },
  {
    name: 'without the ledger, what it says is not over',
    next: look(both, ['UNREACHABLE - ledger']),
    left: ['HOST-LEFT old /opt', 'ROLLED_BACK - ledger', 'UNREACHABLE - ledger'],
  },
  {
    name: 'what the operators’ own side showed is judged anew, ledger or not',
    next: look(both, ['UNREACHABLE - ledger', 'ROLLED_BACK - ledger']),
    left: ['HOST-LEFT old /opt', 'ROLLED_BACK - ledger', 'UNREACHABLE - ledger'],
  },
  { name: 'a host that left the inventory takes its findings along', next: look(['host2'], []), left: [] },
]

for (const { name, next, left } of cases) test(`audits: ${name}`, () => assert.deepEqual(after(first, next), left))

test('what there was no room to tell is not gone, until all of its kind is told again', () => {
  const before = look(both, ['WORLD-READABLE host1 /x', 'BEHIND host1', 'WORLD-READABLE host2 /x'])
  const flood = (from: number): readonly string[] => [
    ...Array.from({ length: 100 }, (_, index) => `WORLD-READABLE host1 /f${from + index}`),
    'WORLD-READABLE host1 (more)',
  ]
  const floods = [0, 100, 200, 300].map((from) => look(both, flood(from)))
  const left = after(before, ...floods)
  assert.ok(left.includes('WORLD-READABLE host1 /x'))
  assert.equal(left.filter((one) => one.includes('host1')).length, 201, 'and it does not grow without end')
  assert.ok(!left.includes('BEHIND host1 -') && !left.some((one) => one.includes('host2')))
  assert.deepEqual(after(before, ...floods, look(both, ['BEHIND host1'])), ['BEHIND host1 -'])
})

test('a host that answers again is unreachable no more', () => {
  const lost = look(both, ['UNREACHABLE host1', 'UNREACHABLE - ledger'])
  assert.deepEqual(after(first, lost, look(both, ['WORLD-READABLE host1 /x'])), ['WORLD-READABLE host1 /x'])
})

const host = (name: string, details: Partial<HostStatus> = {}): HostStatus => ({
  host: name,
  rung: 'host',
  state: 'in step',
  generation: 3,
  next: null,
  reason: null,
  containers: [{ container: 'api', runs: 3, proof: 'reported', state: 'degraded', note: null }],
  problem: null,
  watch: null,
  ...details,
})

const report = (...hosts: readonly HostStatus[]): StatusReport => statusReport({ hosts, isInStep: false })

test('statuses: some hosts, all, and one that does not answer', () => {
  const all = learnStatus(null, { at: 1, look: 1, isWhole: true, report: report(host('a'), host('b')) })
  const some = learnStatus(all, {
    at: 2,
    look: 2,
    isWhole: false,
    report: report(host('a', { generation: 4, containers: [] })),
  })
  assert.deepEqual(
    some.hosts.map((one) => [one.host, one.look, one.generation, one.containers.length]),
    [
      ['a', 2, 4, 0],
      ['b', 1, 3, 1],
    ],
  )
  assert.equal(some.at, 1)
  const lost = host('b', { state: 'unreachable', generation: null, containers: [] })
  const silent = learnStatus(some, { at: 3, look: 3, isWhole: true, report: report(lost) })
  assert.deepEqual(
    silent.hosts.map((one) => [one.host, one.state, one.generation, one.containers.length]),
    [['b', 'unreachable', 3, 1]],
  )
})

test('a watch that did not run is not known to run because nobody could ask', () => {
  const watch = { state: 'stopped' as const, via: null, since: null, seq: null }
  let known = learnStatus(null, { at: 1, look: 1, isWhole: true, report: report(host('a', { watch })) })
  const next = (given: Partial<HostStatus>): string | null => {
    known = learnStatus(known, { at: 2, look: 2, isWhole: true, report: report(host('a', given)) })
    return known.hosts[0]?.watch ?? null
  }
  assert.equal(next({ state: 'unreachable', watch: null }), 'stopped')
  assert.equal(next({ state: 'problem', watch: null }), 'stopped')
  assert.equal(next({ watch: { ...watch, state: 'runs' } }), 'runs')
  assert.equal(next({ watch: null }), null, 'it was taken away')
})

test('the record survives being written', () => {
  const known = {
    ...nothingKnown,
    looks: 2,
    audit: learnAudit(null, { ...first, at: 1 }),
    status: learnStatus(null, { at: 1, look: 1, isWhole: true, report: report(host('a')) }),
    secrets: [{ name: 'A', group: 'g', host: null, set: 5, every: 9_000_000_000 }],
    jobs: { audit: { begun: 1, pid: 2, ended: null, exit: null, succeeded: null, why: null } },
    schedule: { by: 'cron' as const, since: 1, jobs: ['audit'], program: '/l', textfile: '/x' },
  }
  assert.deepEqual(knownFromJson(JSON.stringify(known), 'known'), known)
})
