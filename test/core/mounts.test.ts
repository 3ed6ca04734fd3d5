import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileSystemOf, isMemoryFileSystem } from '../../src/core/mounts.ts'

const table = `
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:21 / /run rw,nosuid - tmpfs tmpfs rw,size=1k
24 22 0:22 / /run/secrets ro - ext4 /dev/vdb rw
25 22 0:23 / /mnt/a\\040b rw master:1 - ramfs none rw
26 24 0:24 / /run/secrets rw - tmpfs tmpfs rw
nonsense
`

test('the innermost and topmost mount counts', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['/', 'ext4'],
    ['/runner', 'ext4'],
    ['/run', 'tmpfs'],
    ['/run/x/y', 'tmpfs'],
    ['/run/secrets', 'tmpfs'],
    ['/run/secrets/deep', 'tmpfs'],
    ['/mnt/a b/c', 'ramfs'],
  ]
  for (const [path, type] of rows) assert.equal(fileSystemOf(path, table), type, path)
  assert.equal(fileSystemOf('/x', ''), null)
})

test('only memory counts as memory', () => {
  assert.deepEqual(['tmpfs', 'ramfs', 'ext4', 'overlay', null].map(isMemoryFileSystem), [
    true,
    true,
    false,
    false,
    false,
  ])
})
