import assert from 'node:assert/strict'
import test from 'node:test'
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
    assert.equal(backupWords(backupStatus(known, records, { now, every }), now), says)
  }
  assert.equal(backupStatus([], old, { now, every: hour }).isOverdue, true)
  assert.equal(backupStatus([], old, { now, every: null }).isOverdue, false)
})
