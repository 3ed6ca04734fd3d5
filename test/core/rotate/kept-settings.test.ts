import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedSetting, keptSettings, type ChangedSetting } from '../../../src/core/rotate/kept-settings.ts'

const before = { with: 'postgres', every: '90d', targets: [{ host: 'db1', port: 5432 }], ratio: 0.5 }

const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, ChangedSetting | null])[] = [
  ['the same', { ...before }, null],
  ['in another order', { ratio: 0.5, targets: [{ port: 5432, host: 'db1' }], with: 'postgres' }, null],
  ['when it is due, and words for people', { ...before, every: '1d', overlap: '1h', hint: 'a', breaks: 'b' }, null],
  ['a place less', { ...before, targets: [] }, { name: 'targets', before: '[{"host":"db1","port":5432}]' }],
  ['a setting that was not there', { ...before, account: '123' }, { name: 'account', before: null }],
  ['a setting that is gone', { with: 'postgres', targets: before.targets }, { name: 'ratio', before: '0.5' }],
]

for (const [name, settings, expected] of cases) {
  test(`settings of a rotation that goes on: ${name}`, () =>
    assert.deepEqual(changedSetting({ settings: keptSettings({ settings: before }) }, { settings }), expected))
}

test('nothing was written down when it began: nothing is compared', () =>
  assert.equal(changedSetting({ settings: null }, { settings: before }), null))
