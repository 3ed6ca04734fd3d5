import assert from 'node:assert/strict'
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { become } from '../support/become.ts'
import { delivered, inMemory, lockstep } from '../support/run-delivered.ts'

/** Needs root, to become somebody else. */
test('a change of user takes uid, gid and all groups, for good', async () => {
  const identity = { uid: 12_345, gid: 12_346, groups: [12_346, 12_347], home: '/', name: null }
  const ended = await become('/bin/cat', ['/proc/self/status'], { identity })
  assert.match(ended.stdout, /Uid:\t12345\t12345\t12345\t12345\nGid:\t12346\t12346\t12346\t12346\n/)
  assert.match(ended.stdout, /Groups:\t12346 12347 \n/)
  assert.match(ended.stdout, /CapPrm:\t0+\nCapEff:\t0+\n/)
})

test('files for another user', async (t) => {
  const directory = join(inMemory(t), 'secrets')
  // mkdtemp makes 0700: the new user must be able to pass.
  chmodSync(join(directory, '..'), 0o711)
  const args = [
    '--files',
    directory,
    '--user',
    '12345:12346',
    '--',
    'sh',
    '-c',
    'id -u; id -g; id -G; cat $AWS_KEY_FILE; echo $HOME',
  ]
  const ended = await lockstep([...(await delivered(t)), ...args])
  assert.equal(ended.stdout, '12345\n12346\n12346\ncanary one/\n', ended.stderr)
  assert.deepEqual([statSync(join(directory, 'AWS_KEY')).uid, statSync(directory).uid], [12_345, 12_345])
})
