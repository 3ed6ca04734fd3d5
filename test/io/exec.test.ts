import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exec } from '../../src/io/exec.ts'
import { refusal } from '../support/refusal.ts'
import { temporary, textOf } from '../support/temporary.ts'

const shell = (script: string, options = {}): ReturnType<typeof exec.run> => exec.run('sh', ['-c', script], options)

test('both pipes are read at once, whatever their size', async () => {
  const { status, stdout, stderr } = await shell('head -c 4000000 /dev/zero; head -c 4000000 /dev/zero >&2; exit 3')
  assert.deepEqual([status, stdout.length, stderr.length], [3, 4_000_000, 4_000_000])
})

test('input goes in; a program that does not read it is no error', async () => {
  assert.equal(textOf((await exec.run('cat', [], { input: 'hello' })).stdout), 'hello')
  assert.equal((await exec.run('true', [], { input: new Uint8Array(5_000_000) })).status, 0)
})

test('death by a signal is 128 and its number', async () => {
  assert.equal((await shell('kill -9 $$')).status, 137)
  assert.equal((await shell('kill -TERM $$')).status, 143)
})

test('time, size and interruption are bounded', async () => {
  const start = performance.now()
  await refusal('UNAVAILABLE', shell('sleep 30', { timeout: 50 }))
  await refusal('UNSAFE', exec.run('yes', [], { max: 10_000 }))
  const stop = new AbortController()
  const running = shell('sleep 30', { signal: stop.signal })
  setTimeout(() => stop.abort(), 50)
  await refusal('UNAVAILABLE', running)
  await refusal('UNAVAILABLE', shell('true', { signal: stop.signal }))
  assert.ok(performance.now() - start < 6000)
})

test('a program that does not want to end is killed, grandchildren on its pipes or not', async () => {
  const start = performance.now()
  await refusal('UNAVAILABLE', shell("trap '' TERM; sleep 20 & sleep 20", { timeout: 50 }))
  assert.ok(performance.now() - start < 6000)
})

test('programs are found in absolute directories of PATH only', async (t) => {
  const root = temporary(t)
  mkdirSync(join(root, 'bin/directory'), { recursive: true })
  writeFileSync(join(root, 'bin/tool'), '#!/bin/sh\necho tool\n', { mode: 0o755 })
  writeFileSync(join(root, 'bin/plain'), '', { mode: 0o644 })
  const env = { PATH: `:.:bin:${root}/bin` }
  assert.equal(textOf((await exec.run('tool', [], { env })).stdout), 'tool\n')
  await refusal('NOT_FOUND', exec.run('tool', [], { env: { PATH: ':.:bin' }, cwd: root }))
  for (const name of ['plain', 'directory', 'none']) await refusal('NOT_FOUND', exec.run(name, [], { env }))
  assert.equal(await exec.find('no-such-program'), null)
  assert.equal(await exec.find('/bin/sh'), '/bin/sh')
  assert.equal(await exec.find('sh', '/bin'), '/bin/sh')
  assert.equal(await exec.find('sh', '/no-such-directory'), null)
})

test('the names of our own secret sources are not passed on', async (t) => {
  process.env['LOCKSTEP_PASSWORD_FILE'] = '/some/where'
  t.after(() => delete process.env['LOCKSTEP_PASSWORD_FILE'])
  const seen = textOf((await shell('env')).stdout) ?? ''
  assert.ok(seen.includes('PATH=') && !seen.includes('LOCKSTEP_PASSWORD_FILE'))
  assert.equal(textOf((await exec.run('/usr/bin/env', [], { env: { A: '1', B: undefined } })).stdout), 'A=1\n')
})

test('an interactive program gives its status', async () => {
  assert.equal(await exec.interactive('sh', ['-c', 'exit 7']), 7)
  assert.equal(await exec.interactive('sh', ['-c', 'kill -9 $$']), 137)
  await refusal('NOT_FOUND', exec.interactive('no-such-program', []))
})
