import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Attempt, Rotator, Values } from '../../src/core/rotate/rotator.ts'
import type { Sql } from '../../src/core/rotators/sql.ts'
import { Secret } from '../../src/core/secret.ts'
import { cachingSha2Hash } from '../../src/crypto/mysql-hashes.ts'
import { mysql } from '../../src/rotators/database/mysql.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { mysqlDual, type MysqlDual } from '../support/mysql-dual.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

type Settings = Readonly<Record<string, unknown>>
const adminPassword = 'canary-of-an-administrator'
const dual = { user: 'app', dual: true, host: 'db.example.org', admin: 'DB_ADMIN', admin_user: 'rotator' }

const open = (settings: Settings, names: readonly string[], sql?: Sql): Rotator =>
  mysql.open(
    credentialOf({ group: 'db', names }, { with: 'mysql', ...settings }),
    rotatorPorts(sql === undefined ? {} : { sql }),
  )

const newPeer = (password: string): MysqlDual =>
  mysqlDual(cachingSha2Hash(new Secret(password), new Uint8Array(20)), adminPassword)

const valuesOf = (password: string): Values => new Map([['DB_PASSWORD', new Secret(password)]])
const passwordIn = (values: Values): Secret => values.get('DB_PASSWORD') ?? assert.fail('none')

const upstreamOf = (peer: MysqlDual): Upstream => ({
  rotator: open(dual, ['DB_PASSWORD'], peer.sql),
  values: valuesOf('canary-old'),
  secrets: new Map([['DB_ADMIN', new Secret(adminPassword)]]),
  accepts: async (values) => peer.accepts(passwordIn(values)),
  loseAnswers: () => void (peer.isDeaf = true),
  hearAgain: () => void (peer.isDeaf = false),
})

rotatorConformance('mysql, one user with two passwords', async () => upstreamOf(newPeer('canary-old')), {
  refused: async () => ({
    ...upstreamOf(newPeer('canary-old')),
    secrets: new Map([['DB_ADMIN', new Secret('canary-of-nobody')]]),
  }),
})

const step = {
  secret: () => new Secret(adminPassword),
  signal: new AbortController().signal,
  isEmergency: false,
}

const proposed = async (rotator: Rotator, former: Values): Promise<Attempt> => {
  const { values, marks } = await rotator.propose({ ...step, values: former })
  return { ...step, former, pending: values, marks }
}

/** Statements without what is new each time. */
const shapes = ({ changes }: MysqlDual): readonly string[] =>
  changes.map((one) => one.replace(/'\$A\$005\$[^']+'/, 'HASH'))

rotatorConformance('mysql, one user of MySQL by itself', async () => {
  const peer = newPeer('canary-old')
  const rotator = open({ user: 'app', host: 'db.example.org' }, ['DB_PASSWORD'], peer.sql)
  return { ...upstreamOf(peer), rotator }
})

suite('mysql, one user with two passwords', () => {
  const by = `ALTER USER 'app'@'%' IDENTIFIED WITH caching_sha2_password AS HASH`
  const discard = `ALTER USER 'app'@'%' DISCARD OLD PASSWORD`

  test('says what it will do, and does it in these statements', async () => {
    const peer = newPeer('canary-old')
    const { rotator, values } = upstreamOf(peer)
    assert.equal(rotator.oldStays, 'both')
    const look = await rotator.look({ ...step, values })
    assert.equal(look.note, 'two passwords for a while; MySQL 8.4')
    const attempt = await proposed(rotator, values)
    await rotator.install(attempt)
    await rotator.retire(attempt)
    assert.deepEqual(shapes(peer), [`${by} RETAIN CURRENT PASSWORD`, discard])
    await rotator.withdraw(attempt)
    assert.deepEqual(shapes(peer).slice(2), [by, discard])
    await rotator.install({ ...attempt, isEmergency: true })
    await rotator.retire({ ...attempt, isEmergency: true })
    assert.deepEqual(peer.ended, ['KILL CONNECTION 7'])
  })

  test('a second password of somebody else stops it, and is left alone', async () => {
    const peer = newPeer('canary-older')
    const former = upstreamOf(peer)
    await former.rotator.install(await proposed(former.rotator, valuesOf('canary-older')))
    const rotator = open(dual, ['DB_PASSWORD'], peer.sql)
    const values = valuesOf('canary-older')
    const error = await refusal('CONFLICT', rotator.look({ ...step, values }))
    assert.match(error.hint ?? '', /ALTER USER 'app'@'%' DISCARD OLD PASSWORD$/)
    const attempt = await proposed(rotator, values)
    await refusal('CONFLICT', rotator.install(attempt))
    await rotator.withdraw(attempt)
    await rotator.look({ ...step, values, isEmergency: true })
    assert.equal(peer.changes.length, 1)
  })

  test('an account that lets nobody in tells nothing of its passwords: no step is done with it', async () => {
    const peer = newPeer('canary-old')
    const { rotator, values } = upstreamOf(peer)
    const attempt = await proposed(rotator, values)
    peer.isBlocked = true
    await refusal('DENIED', rotator.install(attempt))
    assert.deepEqual(peer.changes, [], 'the password in force is not replaced without being kept')
    peer.isBlocked = false
    await rotator.install(attempt)
    peer.isBlocked = true
    await refusal('DENIED', rotator.retire(attempt))
    await refusal('DENIED', rotator.withdraw(attempt))
    peer.isBlocked = false
    assert.ok(peer.accepts(passwordIn(values)) && peer.accepts(passwordIn(attempt.pending)))
    await rotator.retire(attempt)
    assert.ok(!peer.accepts(passwordIn(values)))
  })

  test('a second password that is not the one that was to end is nothing that retire could end', async () => {
    const peer = newPeer('canary-old')
    const { rotator, values } = upstreamOf(peer)
    const attempt = await proposed(rotator, values)
    await rotator.install(attempt)
    // somebody else gives it another one, and keeps ours
    await rotator.install({ ...attempt, former: attempt.pending, pending: valuesOf('canary-other'), isEmergency: true })
    const before = peer.changes.length
    const error = await refusal('CONFLICT', rotator.retire(attempt))
    assert.match(error.message, /^app has a second password, which is not/)
    assert.equal(peer.changes.length, before)
    assert.ok(peer.accepts(passwordIn(attempt.pending)))
  })

  test('a value that was not in force leaves no password behind that nobody would end', async () => {
    for (const former of [new Map<string, Secret>(), valuesOf('canary-wrong')]) {
      const peer = newPeer('canary-unknown')
      const { rotator } = upstreamOf(peer)
      const attempt = await proposed(rotator, former)
      await rotator.install(attempt)
      await rotator.retire(attempt)
      assert.ok(peer.accepts(passwordIn(attempt.pending)))
      assert.ok(!peer.accepts(new Secret('canary-unknown')))
    }
  })

  test('the first value ever, withdrawn: nobody is let in', async () => {
    const peer = newPeer('canary-unknown')
    const { rotator } = upstreamOf(peer)
    const attempt = await proposed(rotator, new Map())
    await rotator.install(attempt)
    await rotator.withdraw(attempt)
    assert.ok(!peer.accepts(passwordIn(attempt.pending)))
    assert.ok(!peer.accepts(new Secret('canary-unknown')))
  })

  test('a server without second passwords, and one user of another that could have them, are told', async () => {
    const peer = newPeer('canary-old')
    peer.version = '8.0.13'
    const error = await refusal('CONFIG', upstreamOf(peer).rotator.look({ ...step, values: valuesOf('canary-old') }))
    assert.equal(error.message, 'dual: MySQL 8.0 has no second password')
    peer.version = '8.0.14'
    const { dual: _, ...settings } = dual
    const single = open(settings, ['DB_PASSWORD'], peer.sql)
    assert.equal(single.oldStays, 'gap')
    const { note } = await single.look({ ...step, values: valuesOf('canary-old') })
    assert.match(note ?? '', /^new logins fail until .*; MySQL 8\.0, which could have two passwords$/)
  })
})

suite('settings of mysql', () => {
  const two = { users: ['a', 'b'], host: 'h', admin: 'ADMIN', admin_user: 'boss' }
  const wrong: readonly (readonly [string, Settings, readonly string[], RegExp])[] = [
    ['two passwords of two users', { ...two, dual: true }, ['DB_USER', 'DB_PASSWORD'], /^dual: is for one user/],
    ['two passwords and nobody who may', { user: 'a', dual: true }, ['DB_PASSWORD'], /^admin: is missing/],
    ['what is not true or false', { user: 'a', dual: 'yes' }, ['DB_PASSWORD'], /^dual: must be true or false/],
    ['a database, which it would not look at', { user: 'a', database: 'd' }, ['DB_PASSWORD'], /no setting database/],
    ['nobody', { host: 'h' }, ['DB_PASSWORD'], /^users: is missing/],
  ]
  for (const [what, settings, names, message] of wrong) {
    test(`${what}: refused`, async () => {
      const error = await refusal(
        'CONFIG',
        Promise.resolve().then(() => open(settings, names)),
      )
      assert.match(error.message, message)
    })
  }

  test('addresses of other servers are refused, without the value', async () => {
    const values = new Map([['DB_URL', new Secret('postgres://a:canary@h/d')]])
    const error = await refusal('CONFIG', open(two, ['DB_URL']).propose({ ...step, values }))
    assert.match(error.message, /^DB_URL is no address of the form mysql:/)
    assert.ok(!error.message.includes('canary'))
  })
})
