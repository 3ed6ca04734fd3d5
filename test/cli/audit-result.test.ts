import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditReport } from '../../src/app/fleet/fleet-audit.ts'
import { auditResult } from '../../src/cli/audit-result.ts'
import type { Finding } from '../../src/core/audit/findings.ts'
import { finding, sortFindings } from '../../src/core/audit/findings.ts'

const loose = (file: string, host = 'host1'): Finding =>
  finding('WORLD-READABLE', { host, path: file, message: 'mode is 644, should be 600', fix: `chmod 600 ${file}` })
const beside = finding('KEY-BESIDE', { host: 'host1', path: null, message: 'root', fix: 'give few people root there' })
const behind = finding('BEHIND', {
  host: 'host2',
  path: null,
  message: 'it does not have KEY',
  fix: 'lockstep deploy --hosts host2',
})

const unset = (host: string): Finding =>
  finding('NOT-SET-UP', { host, path: null, message: 'has no id of ours', fix: `lockstep setup --hosts ${host}` })
const report = (findings: readonly Finding[], given: Partial<AuditReport> = {}): AuditReport => ({
  environment: 'production',
  audited: 2,
  missed: 0,
  findings: sortFindings(findings),
  ...given,
})

const fixesOf = (found: AuditReport): readonly string[] =>
  String(auditResult(found).text)
    .split('\n')
    .filter((line) => line.startsWith('fix '))

test('what mends each kind stands below the table, a few for each', () => {
  assert.deepEqual(fixesOf(report([beside])), [])
  assert.deepEqual(fixesOf(report([beside, behind, loose('/opt/shop/a'), loose('/opt/shop/a')])), [
    'fix  WORLD-READABLE  chmod 600 /opt/shop/a (on host1)',
    'fix  BEHIND  lockstep deploy --hosts host2',
  ])
  assert.deepEqual(fixesOf(report(['/a', '/b', '/c', '/d', '/e'].map((file) => loose(file)))).slice(2), [
    'fix  WORLD-READABLE  chmod 600 /c (on host1)',
    'fix  WORLD-READABLE  and 2 more: lockstep audit --json',
  ])
})

test('one thing to type is the next command, several are not', () => {
  const rows: readonly (readonly [readonly Finding[], string | undefined])[] = [
    [[], undefined],
    [[beside, behind], undefined],
    [[loose('/a')], undefined],
    [[unset('host2')], 'lockstep setup --hosts host2'],
    [[unset('host2'), unset('host3'), unset('host2')], 'lockstep setup --hosts host2,host3'],
    [[unset('host2'), loose('/a')], undefined],
  ]
  for (const [findings, next] of rows) assert.equal(auditResult(report(findings)).next, next)
})

test('medium or worse is UNSAFE, a host that was missed PARTIAL', () => {
  const lost = finding('UNREACHABLE', { host: 'host2', path: null, message: 'no answer', fix: 'x' })
  const ledger = finding('UNREACHABLE', { host: null, path: 'ledger', message: 'not reached', fix: 'x' })
  const rows: readonly (readonly [readonly Finding[], number, string | undefined])[] = [
    [[], 0, undefined],
    [[beside, behind], 0, undefined],
    [[loose('/a')], 0, 'UNSAFE'],
    [[lost], 1, 'PARTIAL'],
    [[ledger], 0, 'PARTIAL'],
    [[ledger, unset('host2')], 0, 'UNSAFE'],
    [[lost, loose('/a')], 1, 'UNSAFE'],
  ]
  for (const [findings, missed, exit] of rows) assert.equal(auditResult(report(findings, { missed })).exit, exit)
})
