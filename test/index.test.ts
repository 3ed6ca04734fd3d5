import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import * as lockstep from '../src/index.ts'
import { scopeFiles, writeScope } from './support/scope.ts'
import { temporary } from './support/temporary.ts'

const run = promisify(execFile)
const door = new URL('../src/index.ts', import.meta.url).href

test('the library door is these and nothing else', () => {
  assert.deepEqual(Object.keys(lockstep).sort(), [
    'CloudSecretsManager',
    'Secret',
    'SecretsError',
    'load',
    'nodeStatusHandler',
    'statusRoutes',
  ])
})

test('it loads no command, no Ansible, no framework', async () => {
  const code = `
    import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) })
    await import(${JSON.stringify(door)})
    console.log(JSON.stringify(seen))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code])
  const seen: readonly string[] = JSON.parse(stdout)
  for (const part of [
    '/cli/',
    '/fleet/',
    '/rotators/',
    'hono',
    'yaml',
    'node:http',
    'age-encryption',
    'child_process',
  ]) {
    assert.deepEqual(
      seen.filter((url) => url.includes(part)),
      [],
      part,
    )
  }
})

test('load from a program: one line on standard output, no value in it', async (t) => {
  const root = temporary(t)
  writeScope(root, await scopeFiles({ aws: { API_KEY: 'canary' } }))
  const code = `
    import { load } from ${JSON.stringify(door)}
    const secrets = await load({ passwordFile: '${root}/vault-password', directory: '${root}/secrets' })
    console.error(secrets.get('API_KEY').reveal() + ' ' + secrets.get('API_KEY'))`
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', code])
  assert.equal(stderr, 'canary [secret]\n')
  const { time, ...event } = JSON.parse(stdout)
  assert.ok(Date.parse(time) > 0)
  assert.deepEqual(event, {
    lockstep: 'ready',
    scope: 'container/api',
    generation: { number: 42, id: '2a'.padStart(32, '0') },
    missing: [],
    error: null,
  })
})

test('a degraded start does not keep a program running', async (t) => {
  const code = `
    import { load } from ${JSON.stringify(door)}
    const secrets = await load({ passwordFile: '/no/such', directory: '${temporary(t)}', announce: () => {} })
    console.log(secrets.ready, secrets.status().lastError.code)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { timeout: 10_000 })
  assert.equal(stdout, 'false NOT_FOUND\n')
})

test('the door for process.env, with and without new, and as Python spells it', async (t) => {
  const root = temporary(t)
  writeScope(root, await scopeFiles({ aws: { RUNTIME_TEST_KEY: 'v', RUNTIME_TEST_PATH: 'w' } }))
  const options = { passwordFile: `${root}/vault-password`, directory: `${root}/secrets`, announce: () => {} }
  t.after(() => {
    delete process.env['RUNTIME_TEST_KEY']
    delete process.env['RUNTIME_TEST_PATH']
  })
  await lockstep.CloudSecretsManager(options).setupEnvironment()
  assert.equal(process.env['RUNTIME_TEST_KEY'], 'v')
  delete process.env['RUNTIME_TEST_KEY']
  await new lockstep.CloudSecretsManager(options).setup_environment()
  assert.equal(process.env['RUNTIME_TEST_KEY'], 'v')
})

test('a name that makes programs run code keeps everything out of process.env', async (t) => {
  const root = temporary(t)
  writeScope(root, await scopeFiles({ aws: { RUNTIME_TEST_OTHER: 'v', NODE_OPTIONS: '--require /tmp/x' } }))
  const options = { passwordFile: `${root}/vault-password`, directory: `${root}/secrets`, announce: () => {} }
  await assert.rejects(lockstep.CloudSecretsManager(options).setupEnvironment(), { code: 'UNSAFE' })
  assert.equal(process.env['RUNTIME_TEST_OTHER'], undefined)
  t.after(() => {
    delete process.env['NODE_OPTIONS']
    delete process.env['RUNTIME_TEST_OTHER']
  })
  await lockstep.CloudSecretsManager({ ...options, allow: ['NODE_OPTIONS'] }).setupEnvironment()
  assert.equal(process.env['RUNTIME_TEST_OTHER'], 'v')
})
