import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListedBackup } from '../../../src/core/backup/backup-list.ts'
import { awayOf, planPrune, sparing } from '../../../src/core/backup/prune-plan.ts'

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
    [2, ['b1', 'b2', 'b3'], ['b1'], null],
    [2, ['b1'], [], 'b1'],
    [5, ['b3'], [], null],
  ]
  for (const [most, good, remove, spared] of table) {
    const plan = planPrune(three, most, { good: new Set(good), away: null })
    assert.deepEqual([plan.remove, plan.spared, plan.waiting], [remove, spared, []])
    assert.deepEqual([...plan.keep, ...plan.remove].toSorted(), ['b1', 'b2', 'b3'])
  }
})

test('what a host that did not answer has a copy of stays listed, so that the copy is found again', () => {
  const plan = planPrune(three, 1, { good: new Set(['b3']), away: null })
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

test('the last that is off this machine stays, and one whose copies are known to be damaged is none', () => {
  const all = ['b1', 'b2', 'b3']
  const table: readonly (readonly [
    away: readonly string[],
    good: readonly string[],
    remove: readonly string[],
    kept: string | null,
  ])[] = [
    [['b1', 'b2'], all, ['b1'], 'b2'],
    [['b1'], all, ['b2'], 'b1'],
    [['b1', 'b3'], all, ['b2', 'b1'], null],
    [[], all, ['b2', 'b1'], null],
    [['b1', 'b2'], ['b1', 'b3'], ['b2'], 'b1'],
    [['b2'], ['b2'], ['b1'], null],
  ]
  for (const [away, good, remove, kept] of table) {
    const plan = planPrune(three, 1, { good: new Set(good), away: new Set(away) })
    assert.deepEqual([plan.remove, plan.away], [remove, kept], `${away.join()} of ${good.join()}`)
  }
  const damage = [
    { host: 'a', kind: 'changed', name: 'b1', message: '' },
    { host: 'a', kind: 'missing', name: 'b2', message: '' },
    { host: null, kind: 'missing', name: 'b3', message: '' },
  ] as const
  assert.deepEqual([...awayOf({ backups: three, damage })], ['b2', 'b3'])
})
