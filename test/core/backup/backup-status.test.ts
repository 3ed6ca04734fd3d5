import assert from 'node:assert/strict'
import test from 'node:test'
import { auditBackup } from '../../../src/core/audit/audit-backup.ts'
import { learnBackup } from '../../../src/core/backup/backup-due.ts'
import { backupStatus, backupWords } from '../../../src/core/backup/backup-status.ts'
import { emptyMetadata, type Metadata } from '../../../src/core/secrets/metadata.ts'

const hour = 3_600_000
const now = Date.parse('2026-11-23T12:00:00Z')

const metadata = (written: Readonly<Record<string, string>>): Metadata => ({
  ...emptyMetadata('shop', 'production'),
  files: new Map([
    [
      'app.env',
      new Map(
        Object.entries(written).map(([name, set]) => [
          name,
          { version: 1, set, rotated: null, fingerprint: '0'.repeat(12), before: null },
        ]),
      ),
    ],
  ]),
})

const seven = { made: '2026-11-23T07:00:00Z', verified: '2026-11-23T07:00:01Z' }
const nine = { made: '2026-11-23T06:00:00Z', verified: '2026-11-23T09:00:00Z' }

test('the newest that is known counts, from whichever clone, and what was written since is named', () => {
  const old = metadata({ OLD: '2026-11-22T00:00:00Z' })
  const both = metadata({ OLD: '2026-11-22T00:00:00Z', NEW: '2026-11-23T08:00:00Z' })
  const table: readonly (readonly [known: (typeof seven)[], metadata: Metadata, every: number | null, says: string])[] =
    [
      [[], old, null, 'never: lockstep backup'],
      [[seven], old, null, 'verified 4h ago, newer than the last change'],
      [[seven, nine], old, null, 'verified 3h ago, newer than the last change'],
      [[nine, seven], both, null, 'verified 3h ago, before a change of NEW: lockstep backup'],
      [[seven], old, 2 * hour, 'verified 4h ago, newer than the last change, overdue: lockstep backup'],
      [[seven], both, 2 * hour, 'verified 4h ago, before a change of NEW, overdue: lockstep backup'],
      [[seven], old, 24 * hour, 'verified 4h ago, newer than the last change'],
    ]
  for (const [known, records, every, says] of table) {
    assert.equal(backupWords(backupStatus(known, records, { now, every, isUsed: true, damage: [] }), now), says)
  }
})

test('who waits for a backup is told that it is overdue, and nobody else', () => {
  const old = metadata({})
  const day = 24 * hour
  const month = (days: number): typeof seven => {
    const at = new Date(now - days * day).toISOString().replace(/\.\d+Z/, 'Z')
    return { made: at, verified: at }
  }
  const table: readonly (readonly [
    (typeof seven)[],
    number | null,
    isUsed: boolean,
    every: number | null,
    string | null,
  ])[] = [
    [[], null, false, null, null],
    [[], hour, false, hour, 'none was ever read back whole'],
    [[], null, true, 31 * day, 'none was ever read back whole'],
    [[month(30)], null, true, 31 * day, null],
    [[month(32)], null, true, 31 * day, 'none was read back whole within 31d'],
    [[month(32)], null, false, 31 * day, 'none was read back whole within 31d'],
    [[month(32)], 365 * day, true, 365 * day, null],
    [[month(-2)], null, true, 31 * day, 'none was ever read back whole'],
  ]
  for (const [known, declared, isUsed, every, says] of table) {
    const found = backupStatus(known, old, { now, every: declared, isUsed, damage: [] })
    assert.deepEqual([found.every, found.isOverdue], [every, says !== null])
    assert.deepEqual(
      auditBackup(found, now).map(({ id, host, path, message }) => [id, host, path, message]),
      says === null ? [] : [['BACKUP-OVERDUE', null, 'backups', says]],
    )
  }
})

test('what is known of a backup is not forgotten for a host that does not answer, nor believed of a clock to come', () => {
  const day = 24 * hour
  const table: readonly (readonly [before: number | null, seen: number | null, at: number | null])[] = [
    [null, null, null],
    [now - day, null, now - day],
    [now - day, now - 2 * day, now - day],
    [now - day, now, now],
    [now + 9 * day, now - day, now - day],
    [null, now + 9 * day, null],
  ]
  for (const [before, seen, at] of table) {
    const known = before === null ? null : { at: before, every: null, damage: [] }
    assert.deepEqual(learnBackup(known, { at: seen, every: day, damage: [] }, now), { at, every: day, damage: [] })
  }
})

test('what backup-verify found wrong is said wherever backups are', () => {
  const damage = [{ host: 'host1', kind: 'changed', name: 'x.backup', message: 'not the bytes' }] as const
  const found = backupStatus([seven], metadata({}), { now, every: null, isUsed: true, damage })
  assert.equal(
    backupWords(found, now),
    'verified 4h ago, newer than the last change; not as it was written: host1:backups/x.backup: lockstep backup-verify --fix',
  )
  assert.deepEqual(
    auditBackup(found, now).map(({ id, path, message, fix }) => [id, path, message, fix]),
    [['BACKUP-DAMAGED', 'host1:backups/x.backup', 'changed: not the bytes', 'lockstep backup-verify --fix']],
  )
})
