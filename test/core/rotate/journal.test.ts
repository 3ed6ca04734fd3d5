import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { emptyLedger, parseLedger, printLedger, type Ledger } from '../../../src/core/fleet/ledger.ts'
import { newestLedger } from '../../../src/core/fleet/newest-ledger.ts'
import { endedDesired, endedGenerations } from '../../../src/core/rotate/ended.ts'
import {
  onTheWay,
  waiting,
  withCredentials,
  withEnded,
  withPast,
  withRetired,
  withReturned,
  withRotation,
  withoutCredential,
  withoutRotation,
  type OpenCredential,
} from '../../../src/core/rotate/journal.ts'
import { openCredential, openRotation } from '../../support/rotation.ts'

const empty = emptyLedger('shop', 'production')
const full: Ledger = {
  ...withRotation(withCredentials(empty, [openCredential({ state: 'verified' })]), openRotation({ reason: 'a leak' })),
  writes: 3,
}

suite('the journal in the ledger', () => {
  test('is read as it was written', () => {
    const past = withPast(full, {
      id: '1',
      at: '2026-01-01T00:00:00Z',
      ended: '2026-01-01T00:00:09Z',
      by: 'me',
      reason: null,
      isEmergency: false,
      credentials: { aws: 'promoted' },
      hosts: { a: 'api mounted' },
    })
    const one = withReturned(
      withEnded(past, openCredential({ versions: { AWS_KEY: 4 } })),
      openCredential({ versions: { AWS_KEY: 4 } }),
    )
    assert.deepEqual(parseLedger(printLedger(one), 'x'), one)
    assert.deepEqual(parseLedger(printLedger(empty), 'x'), empty)
  })

  test('one of before former values were noted as given back is read', () => {
    const { returned: _, ...older } = withReturned(full, openCredential())
    assert.deepEqual(parseLedger(printLedger(older), 'x'), older)
  })

  test('one that is over leaves no value behind', () => {
    const over = withoutRotation(withoutCredential(full, 'aws'))
    assert.doesNotMatch(printLedger(over), /canary|rotation/)
    assert.match(printLedger(full), /canary-new/)
  })

  test('a credential stands in the place of the one of the same id', () => {
    const next = withCredentials(full, [openCredential({ state: 'promoted' })])
    assert.deepEqual([onTheWay(full).length, waiting(full).length], [1, 0])
    assert.deepEqual([onTheWay(next).length, waiting(next).length], [0, 1])
  })

  test('what became of a rotation later joins what was said of it before', () => {
    const base = { id: '1', at: 'a', by: 'me', reason: 'why', isEmergency: false }
    const once = withPast(empty, {
      ...base,
      ended: 'b',
      credentials: { aws: 'promoted', db: 'retired' },
      hosts: { a: 'x' },
    })
    const twice = withPast(once, {
      ...base,
      by: 'cron',
      reason: null,
      ended: 'c',
      credentials: { aws: 'retired' },
      hosts: {},
    })
    assert.deepEqual(twice.rotations, [
      { ...base, ended: 'c', credentials: { aws: 'retired', db: 'retired' }, hosts: { a: 'x' } },
    ])
  })

  test('of one revision the copy with more writes is the newest', () => {
    const [older, newer] = [
      { ...full, writes: 1 },
      { ...full, writes: 2, rotation: null },
    ]
    const found = newestLedger(
      new Map([
        ['a', newer],
        ['b', older],
      ]),
      null,
    )
    assert.equal(found.ledger?.writes, 2)
    const cached = { ledger: { ...full, writes: 5 }, seen: { revision: 0, hosts: [] } }
    assert.equal(newestLedger(new Map([['a', newer]]), cached).ledger?.writes, 5)
  })
})

suite('former values that were given back', () => {
  const back = openCredential({ versions: { AWS_KEY: 3, AWS_NEW: 3 }, former: { AWS_KEY: 'canary-old' } })
  const own = { ...back, host: 'a', versions: { AWS_KEY: 5 } }
  const ledger = withReturned(withReturned(empty, back), own)

  test('are noted, each for itself; what had no value before was not given back', () => {
    assert.deepEqual(ledger.returned, { AWS_KEY: 3, 'AWS_KEY@a': 5 })
  })

  test('until a later rotation has ended them', () => {
    const later = openCredential({ versions: { AWS_KEY: 6 } })
    assert.deepEqual(withEnded(ledger, later).returned, ledger.returned, 'its new value was ended, not the former one')
    assert.deepEqual(withRetired(ledger, later), { ...ledger, ended: { AWS_KEY: 6 }, returned: { 'AWS_KEY@a': 5 } })
  })
})

suite('values that are ended', () => {
  const ledger = withEnded(empty, openCredential({ versions: { AWS_KEY: 4 } }))
  const scope = (version: number, host: string | null = null): Parameters<typeof endedDesired>[1] => ({
    scopes: [
      {
        scope: 'host',
        uid: null,
        groups: ['aws'],
        secrets: [
          { name: 'AWS_KEY', group: 'aws', host, version, set: '', rotated: null, fingerprint: 'f', former: [] },
        ],
      },
    ],
  })

  test('a clone that still has one is behind the fleet', () => {
    assert.deepEqual(endedDesired(ledger, scope(3)), ['AWS_KEY'])
    assert.deepEqual(endedDesired(ledger, scope(4)), [])
    assert.deepEqual(endedDesired(ledger, scope(3, 'a')), [], 'the value of one host is another one')
  })

  test('one whose end has begun counts; as long as the new one is on its way, only where somebody goes back to it', () => {
    const isOldEnded = true
    const holding = (over: Partial<OpenCredential>): Ledger => ({
      ...empty,
      credentials: [openCredential({ versions: { AWS_KEY: 4 }, ...over })],
    })
    for (const [state, over, rollBack, expected] of [
      ['promoted', { isOldEnded }, [], ['AWS_KEY']],
      ['promoted', {}, ['AWS_KEY'], []],
      ['verified', { isOldEnded }, [], []],
      ['verified', { isOldEnded }, ['AWS_KEY'], ['AWS_KEY']],
      ['verified', { isOldEnded }, ['OTHER'], []],
      ['promoted', { isOldEnded, host: 'a' }, ['AWS_KEY'], []],
    ] as const)
      assert.deepEqual(endedDesired(holding({ state, ...over }), scope(3), rollBack), expected, state)
    assert.deepEqual(endedDesired(holding({ state: 'promoted', isOldEnded }), scope(4), ['AWS_KEY']), [])
  })

  test('generations with one do not stay, the one in force aside', () => {
    const generation = (
      number: number,
      version: number,
    ): NonNullable<Ledger['hosts'][string]>['generations'][number] => ({
      number,
      id: `${number}`,
      revision: number,
      at: '',
      state: 'used',
      secrets: { AWS_KEY: version },
    })
    const known = {
      id: 'x',
      current: 3,
      generations: [generation(1, 2), generation(2, 3), generation(3, 3), generation(4, 4)],
    }
    const desired = { host: 'a', ...scope(4) }
    assert.deepEqual(endedGenerations(ledger, known, { desired, current: 3 }), [1, 2])
    assert.deepEqual(endedGenerations(empty, known, { desired, current: 3 }), [])
    assert.deepEqual(endedGenerations(ledger, undefined, { desired, current: null }), [])
  })
})
