import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withEndings, withIntent } from '../../../src/core/fleet/ledger-changes.ts'
import { emptyLedger, parseLedger, printLedger } from '../../../src/core/fleet/ledger.ts'
import { newestLedger } from '../../../src/core/fleet/newest-ledger.ts'
import type { LedgerDelivery, Ledger, LedgerGeneration } from '../../../src/core/fleet/ledger.ts'
import type { CachedLedger } from '../../../src/core/fleet/newest-ledger.ts'

const at = (revision: number): Ledger => ({ ...emptyLedger('shop', 'production'), revision })
const copies = (found: Readonly<Record<string, number>>): ReadonlyMap<string, Ledger> =>
  new Map(Object.entries(found).map(([host, revision]) => [host, at(revision)]))

const cacheOf = (ledger: Ledger, hosts: readonly string[]): CachedLedger => ({
  ledger,
  seen: { revision: ledger.revision, hosts },
})

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
    const own = cached === null ? null : cacheOf(at(cached[0]), cached.slice(1).map(String))
    const newest = newestLedger(copies(found), own)
    assert.deepEqual([newest.ledger?.revision, newest.isRolledBack], [revision, isRolledBack])
  })
}

test('newest ledger: hosts were seen with an older one than is kept here', () => {
  const cached = { ledger: at(5), seen: { revision: 4, hosts: ['a'] } }
  assert.deepEqual(newestLedger(copies({ a: 4 }), cached), { ledger: at(5), isRolledBack: false })
  assert.deepEqual(newestLedger(copies({ a: 3 }), cached), { ledger: at(5), isRolledBack: true })
})

test('newest ledger: hosts that only an older copy knows are in it, those of both as the newest says', () => {
  const knowing = (revision: number, ids: Readonly<Record<string, string>>): Ledger => ({
    ...at(revision),
    hosts: Object.fromEntries(
      Object.entries(ids).map(([host, id]) => [host, { id, current: revision, generations: [] }]),
    ),
  })
  const found = new Map([
    ['a', knowing(5, { a: 'new', b: 'b5' })],
    ['b', knowing(4, { a: 'old', c: 'c4', d: 'd4' })],
  ])
  const cached = cacheOf(knowing(3, { c: 'c3', e: 'e3' }), ['a'])
  const idsOf = ({ ledger }: { readonly ledger: Ledger | null }): readonly string[] =>
    Object.values(ledger?.hosts ?? {}).map(({ id }) => id)
  assert.deepEqual(idsOf(newestLedger(found, cached)).toSorted(), ['b5', 'c4', 'd4', 'e3', 'new'])
  const ahead = newestLedger(found, cacheOf(knowing(6, { a: 'mine' }), []))
  assert.equal(ahead.ledger?.revision, 6)
  assert.deepEqual(idsOf(ahead).toSorted(), ['b5', 'c4', 'd4', 'mine'])
})

const generation = (number: number, id: string): LedgerGeneration => ({
  number,
  id,
  revision: number,
  at: '2026-01-01T00:00:00Z',
  state: 'staged',
  secrets: { A: number },
})

const delivery = (revision: number): LedgerDelivery => ({
  revision,
  run: `run${revision}`,
  at: '2026-01-01T00:00:00Z',
  by: 'me@here (pid 1)',
  state: 'open',
  hosts: ['a'],
})

test('a generation that was staged, and is switched to by a later delivery, stands in the ledger once', () => {
  const intent = { host: 'a', id: 'machine', directory: '/srv/a', generation: generation(1, 'one'), executable: null }
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
  assert.equal(done.hosts['a']?.directory, '/srv/a')
  assert.deepEqual(parseLedger(printLedger(done), 'ledger'), done)
})

test('what an executable may be: what was delivered and what was about to be; then what was', () => {
  const intent = (executable: string | null, id = 'machine') => ({
    host: 'a',
    id,
    directory: '/opt/shop',
    generation: null,
    executable,
  })
  const known = (ledger: Ledger): readonly string[] | undefined => {
    assert.deepEqual(parseLedger(printLedger(ledger), 'ledger'), ledger)
    return ledger.hosts['a']?.executables
  }
  const none = withIntent(at(0), delivery(1), [intent(null)])
  assert.equal(known(none), undefined)
  assert.equal(known(withEndings(none, 1, [{ host: 'a', current: 1, removed: [] }], 'done')), undefined)
  const first = withIntent(none, delivery(2), [intent('one')])
  assert.deepEqual(known(first), ['one'])
  const second = withIntent(first, delivery(3), [intent('two')])
  assert.deepEqual(known(second), ['one', 'two'])
  assert.deepEqual(known(withEndings(second, 3, [], 'partial')), ['one', 'two'])
  const done = withEndings(second, 3, [{ host: 'a', current: 1, removed: [] }], 'done')
  assert.deepEqual(known(done), ['two'])
  assert.deepEqual(known(withIntent(done, delivery(4), [intent(null)])), ['two'])
  assert.deepEqual(known(withIntent(done, delivery(4), [intent('two')])), ['two'])
  assert.equal(known(withIntent(done, delivery(4), [intent(null, 'another machine')])), undefined)
})
