import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LedgerHost } from '../../../src/core/fleet/ledger.ts'
import { holdersElsewhere, type Elsewhere } from '../../../src/core/rotate/elsewhere.ts'

/** `versions`: of KEY, by the number of the generation. */
const host = (current: number | null, versions: Readonly<Record<number, number>>): LedgerHost => ({
  id: 'id',
  current,
  generations: Object.entries(versions).map(([number, KEY]) => ({
    number: Number(number),
    id: 'ab',
    revision: 1,
    at: '2026-01-01T00:00:00Z',
    state: 'used',
    secrets: { KEY, OTHER: 1 },
  })),
})

const one = { host: null, versions: { KEY: 2 } }
const former: Elsewhere = { given: [], hasOwn: () => false, isMeant: (name, version) => name === 'KEY' && version < 2 }

const cases: readonly (readonly [string, LedgerHost, Partial<Elsewhere>, boolean])[] = [
  ['it has it', host(5, { 5: 1 }), {}, true],
  ['it has the new one, and the former one in the generation before', host(5, { 4: 1, 5: 2 }), {}, false],
  ['it may have gone back to it', host(5, { 5: 2, 6: 1 }), {}, true],
  ['nobody knows what was switched to', host(null, { 1: 1 }), {}, true],
  ['it was forgotten', host(null, {}), {}, false],
  ['it is given the credential here, and speaks for itself', host(5, { 5: 1 }), { given: ['a'] }, false],
  ['it has a value of its own', host(5, { 5: 1 }), { hasOwn: (on, name) => on === 'a' && name === 'KEY' }, false],
]
for (const [name, known, over, expected] of cases) {
  test(`a host that this clone gives nothing: ${name}`, () =>
    assert.deepEqual(holdersElsewhere({ hosts: { a: known } }, one, { ...former, ...over }), expected ? ['a'] : []))
}

test('a value of one host alone is nowhere else', () => {
  const hosts = { b: host(5, { 5: 1 }), a: host(5, { 5: 1 }) }
  const own = { ...former, hasOwn: () => true }
  assert.deepEqual(holdersElsewhere({ hosts }, { ...one, host: 'b' }, own), ['b'])
  assert.deepEqual(holdersElsewhere({ hosts }, one, former), ['a', 'b'])
})
