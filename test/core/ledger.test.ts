import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLedger, newestLedger, parseLedger, printLedger, withEndings, withIntent } from '../../src/core/ledger.ts'
import type { Delivery, Ledger, LedgerGeneration } from '../../src/core/ledger.ts'

const at = (revision: number): Ledger => ({ ...emptyLedger('shop', 'production'), revision })
const copies = (found: Readonly<Record<string, number>>): ReadonlyMap<string, Ledger> =>
  new Map(Object.entries(found).map(([host, revision]) => [host, at(revision)]))

interface Case {
  readonly says: string
  readonly found: Readonly<Record<string, number>>
  readonly cached: readonly [revision: number, ...holders: string[]] | null
  readonly revision: number | undefined
  readonly isRolledBack: boolean
}

const cases: readonly Case[] = [
  { says: 'nothing anywhere', found: {}, cached: null, revision: undefined, isRolledBack: false },
  { says: 'the newest copy', found: { a: 3, b: 4, c: 2 }, cached: null, revision: 4, isRolledBack: false },
  { says: 'newer than what we have', found: { a: 5 }, cached: [4, 'a'], revision: 5, isRolledBack: false },
  { says: 'a host that had ours has less now', found: { a: 3 }, cached: [4, 'a'], revision: 4, isRolledBack: true },
  { says: 'it never had ours', found: { b: 3 }, cached: [4, 'a'], revision: 4, isRolledBack: false },
  { says: 'none of them ever had ours', found: { a: 3 }, cached: [4], revision: 4, isRolledBack: false },
  { says: 'no host answers', found: {}, cached: [4, 'a'], revision: 4, isRolledBack: false },
  { says: 'another still has ours', found: { a: 3, b: 4 }, cached: [4, 'a', 'b'], revision: 4, isRolledBack: false },
]

for (const { says, found, cached, revision, isRolledBack } of cases) {
  test(`newest ledger: ${says}`, () => {
    const own = cached === null ? null : { ledger: at(cached[0]), holders: cached.slice(1).map(String) }
    const newest = newestLedger(copies(found), own)
    assert.deepEqual([newest.ledger?.revision, newest.isRolledBack], [revision, isRolledBack])
  })
}

const generation = (number: number, id: string): LedgerGeneration => ({
  number,
  id,
  revision: number,
  at: '2026-01-01T00:00:00Z',
  state: 'staged',
  secrets: { A: number },
})

const delivery = (revision: number): Delivery => ({
  revision,
  run: `run${revision}`,
  at: '2026-01-01T00:00:00Z',
  by: 'me@here (pid 1)',
  state: 'open',
  hosts: ['a'],
})

test('a generation that was staged, and is switched to by a later delivery, stands in the ledger once', () => {
  const intent = { host: 'a', id: 'machine', generation: generation(1, 'one') }
  const staged = withIntent(at(0), delivery(1), [intent])
  const left = withEndings(staged, 1, [{ host: 'a', current: null, removed: [] }], 'partial')
  assert.equal(left.hosts['a']?.generations[0]?.state, 'staged')
  const again = withIntent(left, delivery(2), [intent])
  const done = withEndings(again, 2, [{ host: 'a', current: 1, removed: [] }], 'done')
  assert.deepEqual(
    done.hosts['a']?.generations.map(({ id, state }) => [id, state]),
    [['one', 'used']],
  )
  assert.equal(done.hosts['a']?.current, 1)
  assert.deepEqual(parseLedger(printLedger(done), 'ledger'), done)
})
