import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const bun = join(root, 'node_modules/@oven/bun-linux-x64/bin/bun')

test('both engines compute the same', { skip: existsSync(bun) ? false : 'bun is not installed' }, () => {
  const done = spawnSync(bun, [join(import.meta.dirname, 'engines-agree.ts')], { cwd: root, encoding: 'utf8' })
  assert.equal(done.stdout, 'agree\n', done.stderr)
})
