import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Held } from '../../src/core/rotate/rotator.ts'
import { Secret } from '../../src/core/secret.ts'
import { postgres } from '../../src/rotators/database/postgres.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

type Settings = Readonly<Record<string, unknown>>
const names = ['DB_USER', 'DB_PASSWORD', 'DB_URL']
const two = { users: ['a', 'b'], host: '127.0.0.1', admin: 'ADMIN', admin_user: 'boss' }
const open = (settings: Settings, keys: readonly string[] = names): ReturnType<typeof postgres.open> =>
  postgres.open(credentialOf({ group: 'db', names: keys }, { with: 'postgres', ...settings }), rotatorPorts())

suite('settings of postgres', () => {
  const wrong: readonly (readonly [string, Settings, readonly string[], RegExp])[] = [
    ['nobody', { host: 'h' }, names, /^users: is missing/],
    ['both', { ...two, user: 'a' }, names, /^users: stands beside user/],
    ['one of two', { ...two, users: ['a'] }, names, /^users: must be two/],
    ['three of two', { ...two, users: ['a', 'b', 'c'] }, names, /^users: must be two/],
    ['twice the same', { ...two, users: ['a', 'a'] }, names, /^users: must be two/],
    [
      'a name that the server would cut',
      { ...two, users: ['a', 'ü'.repeat(32)] },
      names,
      /^users: a name has at most 63/,
    ],
    ['a name with a line end', { user: 'a\nb' }, names, /^user: a name has/],
    ['nobody who may', { users: ['a', 'b'] }, names, /^admin: is missing/],
    ['who that is', { users: ['a', 'b'], admin: 'ADMIN' }, names, /^admin_user: is missing/],
    ['no key for it', { user: 'a' }, ['DB_HOST'], /^password_key: no key of db/],
    ['no key for whose turn it is', two, ['DB_PASSWORD'], /^user_key: with two users/],
    ['no privacy', { user: 'a', tls: 'prefer' }, names, /^tls: must be one of/],
    ['no port', { user: 'a', port: 0 }, names, /^port: must be/],
    ['no certificate', { user: 'a', ca: 'pg-ca.pem' }, names, /^ca: is no certificate/],
  ]
  for (const [what, settings, keys, message] of wrong) {
    test(`${what}: refused, naming the setting`, async () => {
      const error = await refusal(
        'CONFIG',
        Promise.resolve().then(() => open(settings, keys)),
      )
      assert.match(error.message, message)
    })
  }

  test('the keys that change are those that hold the login', () => {
    const more = [...names, 'DB_HOST']
    assert.deepEqual(open(two, more).changes, names)
    assert.deepEqual(open({ user: 'a' }, more).changes, ['DB_PASSWORD', 'DB_URL'])
  })

  const logins: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['another user than the address', { DB_USER: 'b', DB_URL: 'postgres://a:p@h/d' }, /^DB_URL has another user/],
    ['another password', { DB_PASSWORD: 'x', DB_URL: 'postgres://a:p@h/d' }, /^DB_URL has another password/],
    ['a login in its parameters', { DB_URL: 'postgres://h/d?user=a' }, /^DB_URL has a login in its parameters/],
    ['no address', { DB_URL: 'canary' }, /^DB_URL is no address of the form postgresql:/],
    ['a stranger', { DB_URL: 'postgres://canary:canary@h/d' }, /^the user in force is none of a, b/],
  ]
  for (const [what, given, message] of logins) {
    test(`${what}: refused, without a value`, async () => {
      const values = new Map(Object.entries(given).map(([name, value]) => [name, new Secret(value)]))
      const step = { secret: () => null, signal: new AbortController().signal, isEmergency: false }
      const error = await refusal('CONFIG', open(two).propose({ ...step, values }))
      assert.match(error.message, message)
      assert.ok(!`${error.message} ${error.hint}`.includes('canary'))
    })
  }
})

test('an address that is part of a value is in no error; one that a setting names is', async () => {
  const held = (url: string): Held => ({
    secret: () => null,
    signal: new AbortController().signal,
    isEmergency: false,
    values: new Map([['DATABASE_URL', new Secret(url)]]),
  })
  const look = (settings: Settings, url: string): Promise<unknown> =>
    open({ user: 'app', ...settings }, ['DATABASE_URL']).look(held(url))
  const rows: readonly (readonly [Settings, string])[] = [
    [{}, 'the server of DATABASE_URL'],
    [{ host: 'localhost' }, 'the server of DATABASE_URL'],
    [{ host: 'localhost', port: 1 }, 'localhost:1'],
  ]
  for (const [settings, called] of rows) {
    const error = await refusal('UNAVAILABLE', look(settings, 'postgresql://app:x@127.0.0.1:1/shop'))
    assert.ok(error.message.includes(`the conversation with ${called} failed`), error.message)
    assert.doesNotMatch(`${error.message} ${error.at} ${error.hint}`, /127/)
  }
  const error = await refusal('CONFIG', look({}, 'postgresql://app:x@canary:99999/shop'))
  assert.match(error.message, /^the server of DATABASE_URL has no such port/)
})
