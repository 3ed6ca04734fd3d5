import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseEntries, type Wanted } from '../../../src/core/log/choose.ts'
import type { AccessResult, Action, Entry, Names } from '../../../src/core/log/entry.ts'
import { anAccess } from '../../support/log.ts'

const entry = (seq: number, run: string, action: Action, result: AccessResult, names: Names = {}): Entry => ({
  ...anAccess({ run, action, result, names }),
  log: 'l',
  seq,
  prev: '',
  key: '',
})

const entries = [
  entry(1, 'a', 'look', 'done'),
  entry(2, 'b', 'deliver', 'begun', { secrets: ['KEY'], hosts: ['host1'] }),
  entry(3, 'c', 'deliver', 'begun', { secrets: ['OTHER'], hosts: ['host2'] }),
  entry(4, 'b', 'deliver', 'done'),
  entry(5, 'c', 'deliver', 'PARTIAL'),
  entry(6, 'd', 'read', 'done', { secrets: ['KEY'] }),
  entry(7, 'd', 'read', 'done', { secrets: ['OTHER'] }),
  entry(8, 'e', 'read', 'done', { secrets: ['OTHER'], more: 9 }),
]

test('what touched one secret, or one host, is shown with its end, and looks are not', () => {
  const all: Wanted = { since: null, secret: null, host: null, user: null, limit: 99 }
  const table: readonly (readonly [Partial<Wanted>, shown: readonly number[], older: number])[] = [
    [{}, [1, 2, 3, 4, 5, 6, 7, 8], 0],
    [{ secret: 'KEY' }, [2, 4, 6, 8], 0],
    [{ host: 'host2' }, [3, 5], 0],
    [{ secret: 'KEY', host: 'host1' }, [2, 4], 0],
    [{ secret: 'NONE' }, [8], 0],
    [{ secret: 'KEY', limit: 2 }, [6, 8], 2],
    [{ user: 'nobody here' }, [], 0],
  ]
  for (const [wanted, shown, older] of table) {
    const found = chooseEntries(entries, { ...all, ...wanted })
    assert.deepEqual([found.entries.map(({ seq }) => seq), found.older], [shown, older], JSON.stringify(wanted))
  }
})
