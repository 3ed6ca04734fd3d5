import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditChanges } from '../../../src/core/audit/audit-changes.ts'
import type { KnownAudit, KnownFinding } from '../../../src/core/known/known.ts'

const one = (id: string, severity: KnownFinding['severity'] = 'low', message = 'm'): KnownFinding => ({
  id,
  severity,
  host: 'a',
  path: null,
  message,
  fix: 'f',
})
const audit = (...findings: readonly KnownFinding[]): KnownAudit => ({ at: 5, hosts: {}, findings, accepted: null })

test('new is what was not there, or was not as bad; gone is what is not there any more', () => {
  const rows: readonly (readonly [KnownAudit | null, KnownAudit, string, string])[] = [
    [null, audit(one('X')), 'X', ''],
    [audit(one('X')), audit(one('X', 'low', 'other words')), '', ''],
    [audit(one('X')), audit(one('X', 'high')), 'X', ''],
    [audit(one('X', 'high')), audit(one('X')), '', ''],
    [audit(one('X')), audit(one('Y')), 'Y', 'X'],
    [audit(one('X')), { ...audit(), accepted: [{ id: 'X', host: 'a', path: null, until: 9, by: 'anna' }] }, '', ''],
    [audit(one('X')), audit({ ...one('X'), path: '/p' }), 'X', 'X'],
  ]
  for (const [before, after, appeared, gone] of rows) {
    const changes = auditChanges(before, after)
    assert.equal(changes.appeared.map(({ id }) => id).join(), appeared)
    assert.equal(changes.gone.map(({ id }) => id).join(), gone)
    assert.equal(changes.since, before?.at ?? null)
  }
})
