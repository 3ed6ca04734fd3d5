import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListedBackup } from '../../../src/core/backup/backup-list.ts'
import { planPrune, sparing } from '../../../src/core/backup/prune-plan.ts'

const listed = (number: number, copies: readonly string[] = []): ListedBackup => ({
  name: `b${number}`,
  number,
  made: '',
  size: 1,
  digest: '',
  verified: null,
  copies,
})

const three = [listed(1, ['a']), listed(2, ['a', 'b']), listed(3, ['b'])]

test('the newest stay, and whatever the number one that verifies', () => {
  const table: readonly (readonly [
    most: number,
    good: readonly string[],
    remove: readonly string[],
    spared: string | null,
  ])[] = [
    [1, ['b1', 'b2', 'b3'], ['b2', 'b1'], null],
    [2, ['b3'], ['b1'], null],
    [1, ['b1', 'b2'], ['b1'], 'b2'],
    [1, ['b1'], ['b2'], 'b1'],
    [1, [], [], null],
    [9, [], [], null],
  ]
  for (const [most, good, remove, spared] of table) {
    const plan = planPrune(three, most, new Set(good))
    assert.deepEqual([plan.remove, plan.spared, plan.waiting], [remove, spared, []])
    assert.deepEqual([...plan.keep, ...plan.remove].toSorted(), ['b1', 'b2', 'b3'])
  }
})

test('what a host that did not answer has a copy of stays listed, so that the copy is found again', () => {
  const plan = planPrune(three, 1, new Set(['b3']))
  const table: readonly (readonly [lost: readonly string[], remove: readonly string[], waiting: readonly string[]])[] =
    [
      [[], ['b2', 'b1'], []],
      [['b'], ['b1'], ['b2']],
      [['a'], [], ['b2', 'b1']],
      [['c'], ['b2', 'b1'], []],
    ]
  for (const [lost, remove, waiting] of table) {
    const found = sparing(plan, three, lost)
    assert.deepEqual([found.remove, found.waiting, found.keep], [remove, waiting, ['b3', ...waiting]])
  }
})
