import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesResult } from '../../src/cli/audit-changes.ts'
import type { AuditChanges } from '../../src/core/audit/audit-changes.ts'
import type { AuditReport } from '../../src/app/fleet/fleet-audit.ts'
import { auditResult, withHost, type FailOn } from '../../src/cli/audit-result.ts'
import type { Finding } from '../../src/core/audit/findings.ts'
import { finding, sortFindings } from '../../src/core/audit/findings.ts'
import type { Mend } from '../../src/core/audit/mend.ts'

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
  hosts: ['host1', 'host2'],
  audited: 2,
  missed: 0,
  findings: sortFindings(findings),
  accepted: [],
  mended: [],
  backup: null,
  rotations: null,
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
  const some = auditResult(report(['/a', '/b', '/c', '/d'].map((file) => loose(file))), { hosts: 'host1' })
  assert.match(String(some.text), /and 1 more: lockstep audit --hosts host1 --json$/m)
})

test('where it is to be typed stands behind what is for a host, and only there', () => {
  const rows: readonly (readonly [fix: string, shown: string])[] = [
    ['rm /a', 'rm /a (on host1)'],
    ['rm /srv/host1/lockstep-x', 'rm /srv/host1/lockstep-x (on host1)'],
    ['rm /a (on host1); then lockstep set A', 'rm /a (on host1); then lockstep set A'],
    ['docker rm -f x on host1, or declare it again', 'docker rm -f x on host1, or declare it again'],
    ['lockstep deploy --hosts host1 --replace-files', 'lockstep deploy --hosts host1 --replace-files'],
    ['declare its containers in lockstep.yaml', 'declare its containers in lockstep.yaml'],
  ]
  for (const [fix, shown] of rows) assert.equal(withHost({ host: 'host1', fix }), shown)
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

test('--fail-on says what is bad enough; a host that was missed is told in any case', () => {
  const lost = finding('UNREACHABLE', { host: 'host2', path: null, message: 'no answer', fix: 'x' })
  const rows: readonly (readonly [readonly Finding[], FailOn, string | undefined])[] = [
    [[loose('/a')], 'high', 'UNSAFE'],
    [[unset('host2')], 'high', undefined],
    [[behind], 'medium', undefined],
    [[behind], 'low', 'UNSAFE'],
    [[beside], 'low', undefined],
    [[beside], 'info', 'UNSAFE'],
    [[loose('/a')], 'never', undefined],
    [[lost], 'high', 'PARTIAL'],
    [[lost], 'never', 'PARTIAL'],
  ]
  for (const [findings, failOn, exit] of rows) {
    const missed = findings.includes(lost) ? 1 : 0
    assert.equal(auditResult(report(findings, { missed }), { failOn }).exit, exit, failOn)
  }
})

test('what was mended stands above what is left, and in JSON without what the hosts are told', () => {
  const mend: Mend = { path: 'generations/7/vault-password', seen: { kind: 'file', mode: 0o644, uid: 5 }, mode: 0o600 }
  const found = report([{ ...loose('/a'), mend }], {
    mended: [
      { host: 'host1', mend: { ...mend, uid: 0 }, state: 'mended', reason: null },
      { host: 'host1', mend, state: 'planned', reason: null },
      { host: 'host2', mend, state: 'left', reason: 'it was changed since it was looked at' },
    ],
  })
  const { text, json } = auditResult(found)
  assert.match(String(text), /^mended {2}host1 {2}generations\/7\/vault-password {2}owner 5 to 0, mode 644 to 600$/m)
  assert.match(String(text), /^would mend {2}host1 {2}generations\/7\/vault-password {2}mode 644 to 600$/m)
  assert.match(String(text), /^left {2}host2 {2}generations\/7\/vault-password {2}it was changed since/m)
  assert.deepEqual(JSON.parse(JSON.stringify(json)).findings[0], {
    id: 'WORLD-READABLE',
    severity: 'high',
    host: 'host1',
    path: '/a',
    message: 'mode is 644, should be 600',
    fix: 'chmod 600 /a',
    fixable: true,
  })
})

test('other programs get documents of their kind, with the same exit status', () => {
  const found = report([loose('/a'), behind])
  for (const format of ['json', 'sarif', 'junit'] as const) {
    const result = auditResult(found, { format })
    assert.equal(result.exit, 'UNSAFE')
    assert.equal(result.next, undefined)
    assert.match(String(result.text), /WORLD-READABLE/)
  }
  assert.equal(JSON.parse(String(auditResult(found, { format: 'json' }).text)).findings.length, 2)
  const xml = String(auditResult(found, { format: 'junit', failOn: 'low' }).text)
  assert.equal(xml.match(/<failure/g)?.length, 2)
})

test('--watch prints what is new and what is gone, and fails for what is new alone', () => {
  const rows: readonly (readonly [AuditChanges, string | undefined, RegExp])[] = [
    [{ since: 0, appeared: [], gone: [] }, undefined, /^production {2}0 new, 0 gone since 1970-01-01T00:00:00Z$/],
    [
      { since: null, appeared: [loose('/a')], gone: [] },
      'UNSAFE',
      /^new +high +WORLD-READABLE +host1 +\/a .*\nfix {2}.* chmod 600 \/a \(on host1\)$/m,
    ],
    [{ since: 0, appeared: [], gone: [loose('/a')] }, undefined, /^gone +high +WORLD-READABLE +host1 +\/a /m],
    [{ since: 0, appeared: [behind], gone: [] }, undefined, /^new +low/m],
  ]
  for (const [changes, exit, text] of rows) {
    const result = changesResult(report([loose('/b')]), changes, {})
    assert.equal(result.exit, exit)
    assert.match(String(result.text), text)
    assert.deepEqual(JSON.parse(JSON.stringify(result.json)).changes.appeared.length, changes.appeared.length)
  }
})

test('mending that finds nothing to mend says so', () => {
  const said = (fix: boolean): string => String(auditResult(report([beside]), { fix }).text)
  assert.match(said(true), /^nothing to mend: /m)
  assert.doesNotMatch(said(false), /nothing to mend/)
})
