import assert from 'node:assert/strict'
import { test } from 'node:test'
import { childEnvironment } from '../../../src/core/runtime/child-environment.ts'
import { hasCode } from '../../../src/core/errors.ts'
import { Secret } from '../../../src/core/secret.ts'

const secrets = new Map([['API_KEY', new Secret('s3cret')]])
const identity = { uid: 1000, gid: 1000, groups: [1000], home: '/home/node', name: 'node' }

test('ours goes on, less our own settings', () => {
  const ours = {
    PATH: '/bin',
    LANG: 'C',
    LOCKSTEP_PASSWORD_FILE: '/p',
    LOCKSTEP_X: '1',
    _LOCKSTEP_Y: '1',
    GONE: undefined,
  }
  assert.deepEqual({ ...childEnvironment(ours, secrets) }, { PATH: '/bin', LANG: 'C', API_KEY: 's3cret' })
})

test('pristine holds, also when there is nothing else to pass', () => {
  assert.deepEqual({ ...childEnvironment({ PATH: '/bin' }, secrets, { pristine: true }) }, { API_KEY: 's3cret' })
  assert.deepEqual({ ...childEnvironment({ PATH: '/bin', A: '1' }, new Map(), { pristine: true }) }, {})
})

test('a user brings HOME, USER and LOGNAME', () => {
  const made = childEnvironment({ HOME: '/root', USER: 'root', LOGNAME: 'root' }, secrets, { identity })
  assert.deepEqual({ ...made }, { HOME: '/home/node', USER: 'node', LOGNAME: 'node', API_KEY: 's3cret' })
  assert.equal(childEnvironment({}, secrets, { identity: { ...identity, name: null } })['USER'], '1000')
})

test('a secret wins over an inherited variable of its name', () => {
  assert.equal(childEnvironment({ API_KEY: 'stale' }, secrets)['API_KEY'], 's3cret')
})

test('values of every legal kind pass unchanged', () => {
  for (const value of ['', 'a\nb\r\n', ' x ', '$HOME `id` $(id)', '\u{feff}bom', 'é€😀', '\'"\\', 'A=B', '{{ x }}']) {
    assert.equal(childEnvironment({}, new Map([['X', new Secret(value)]]))['X'], value)
  }
  assert.equal(childEnvironment({}, new Map([['__proto__', new Secret('v')]]))['__proto__'], 'v')
})

const refused: readonly (readonly [string, string, Secret | string])[] = [
  ['a NUL byte', 'X', new Secret('canary\0rest')],
  ['bytes that are not UTF-8', 'X', new Secret(Uint8Array.of(0x63, 0x61, 0xff, 0xfe))],
  ['a lone surrogate', 'X', 'canary\ud800'],
  ['more than one variable may hold', 'X', new Secret('canary'.repeat(30_000))],
  ['a name with =', 'A=B', new Secret('canary')],
  ['an empty name', '', new Secret('canary')],
]

test('what an environment cannot carry is refused, not altered, and not shown', () => {
  for (const [what, name, value] of refused) {
    assert.throws(
      () => childEnvironment({}, new Map([[name, value]])),
      (error) => hasCode(error, 'CONFIG') && !`${error.message} ${error.hint} ${error.stack}`.includes('canary'),
      what,
    )
  }
})

test('dangerous names are refused together, unless declared', () => {
  const bad = new Map(['PATH', 'NODE_OPTIONS', 'OK'].map((name) => [name, new Secret('v')]))
  assert.throws(
    () => childEnvironment({}, bad),
    (error) =>
      hasCode(error, 'UNSAFE') &&
      error.message.startsWith('NODE_OPTIONS, PATH ') &&
      !!error.hint?.includes('--allow NODE_OPTIONS,PATH'),
  )
  assert.equal(childEnvironment({}, bad, { allow: ['PATH', 'NODE_OPTIONS'] })['PATH'], 'v')
})
