import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EmptyKeeper, UnreachedLedger } from '../../../src/core/fleet/ledger-reach.ts'
import { mayBeginLedger, unreachedHint, unreachedWords } from '../../../src/core/fleet/ledger-reach.ts'

type Enrolled = UnreachedLedger['enrolled'][number]

const [down, bare, away, wrong]: readonly EmptyKeeper['state'][] = ['lost', 'no copy', 'unasked', 'refused']
const lease = (fence: number, run: string | null = null): Enrolled['lease'] => ({ run, holder: null, until: 0, fence })

const onlyId: Enrolled = { current: null, lease: null }
const cutOff: Enrolled = { current: null, lease: lease(0, 'dead') }
const inForce: Enrolled = { current: 1, lease: lease(0, 'dead') }
const released: Enrolled = { current: null, lease: lease(3) }

const cases: readonly [string, readonly (typeof down)[], readonly Enrolled[], boolean][] = [
  ['the very first set-up', [bare, bare, bare], [], true],
  ['no host of ours answers, a keeper down: it may have a ledger', [bare, down, bare], [], false],
  ['no host of ours answers, every keeper down', [down, down, down], [], false],
  ['no host of ours answers, a keeper that may not be asked', [bare, bare, wrong], [], false],
  ['a first set-up cut off after ids', [bare, bare, bare], [onlyId, onlyId], true],
  ['a first set-up cut off with a lease taken', [bare, bare, bare], [cutOff], true],
  ['cut off, and a keeper down: it may have a ledger', [bare, down, bare], [onlyId], false],
  ['cut off, and a keeper that may not be asked', [bare, wrong, bare], [onlyId], false],
  ['every keeper down', [down, down, down], [inForce], false],
  ['one keeper answers, empty', [down, bare, down], [inForce, onlyId], false],
  ['all copies deleted', [bare, bare, bare], [inForce], false],
  ['all copies deleted, and what was in force with them', [bare, bare, bare], [released], false],
  ['a batch without keepers', [away, away, away], [inForce], false],
  ['a batch without keepers, nothing ever delivered', [away, away, away], [onlyId], true],
  ['a batch with some keepers', [away, bare, away], [inForce], false],
]

for (const [name, states, enrolled, expected] of cases) {
  test(`a ledger may ${expected ? '' : 'not '}be begun: ${name}`, () => {
    const keepers = states.flatMap((state, index) => (state === undefined ? [] : [{ host: `host${index + 1}`, state }]))
    assert.equal(mayBeginLedger({ keepers, enrolled }), expected)
  })
}

test('the refusal names who should have it and what to type', () => {
  const keepers: readonly EmptyKeeper[] = [
    { host: 'a', state: 'lost' },
    { host: 'b', state: 'no copy' },
  ]
  assert.equal(unreachedWords({ keepers }), "the fleet's ledger was not reached: a did not answer, b has no copy")
  assert.equal(
    unreachedHint({ keepers, enrolled: [inForce] }, 'deploy'),
    'bring these hosts back, or deliver from a clone that has seen it; to go on without what it knows: lockstep deploy --without-ledger',
  )
  for (const enrolled of [[], [onlyId]]) {
    assert.equal(
      unreachedHint({ keepers, enrolled }, 'setup'),
      'bring a back; where nothing was ever delivered to this fleet: lockstep setup --without-ledger',
    )
  }
  const batch: readonly EmptyKeeper[] = [...keepers, { host: 'c', state: 'unasked' }]
  assert.match(unreachedWords({ keepers: batch }), /c is not in this batch$/)
  assert.equal(
    unreachedHint({ keepers: batch, enrolled: [] }, 'deploy'),
    'run lockstep status once from this clone, or take a or b or c into the batch',
  )
})
