import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unreadableHint, userNamespaceOf } from '../../../src/core/runtime/user-namespace.ts'

test('reads uid_map', () => {
  assert.equal(userNamespaceOf(null), null)
  assert.deepEqual(userNamespaceOf('         0          0 4294967295\n'), { initial: true, rootIs: 0 })
  assert.deepEqual(userNamespaceOf('         0     100000      65536\n'), { initial: false, rootIs: 100000 })
  assert.deepEqual(userNamespaceOf('0 1000 1\n1 100000 65536\n'), { initial: false, rootIs: 1000 })
  assert.deepEqual(userNamespaceOf('1000 0 1\n'), { initial: false, rootIs: null })
})

test('the hint says whose files they must be', () => {
  const remapped = userNamespaceOf('0 100000 65536\n')
  assert.match(unreadableHint(0, remapped), /rootless or remaps users.*uid 100000/)
  assert.match(unreadableHint(1000, remapped), /rootless or remaps users/)
  assert.match(unreadableHint(1000, userNamespaceOf('0 0 4294967295\n')), /`uid: 1000`.*--user 1000/)
  assert.match(unreadableHint(0, null), /DAC_OVERRIDE/)
})
