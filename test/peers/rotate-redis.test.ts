import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { renameSync } from 'node:fs'
import { suite, test } from 'node:test'
import tls from 'node:tls'
import type { Attempt, Held, Rotator } from '../../src/core/rotate/rotator.ts'
import { Secret } from '../../src/core/secret.ts'
import { redisWithin } from '../../src/io/redis.ts'
import { redis } from '../../src/rotators/redis/redis.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { lossyTcp, silentPort } from '../support/lossy-tcp.ts'
import { adminPassword, redisPeer, trustOnly, type RedisPeer } from '../support/redis-server.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

const [filed, configured, fleeting, secured] = [
  await redisPeer({ keeps: 'aclfile' }),
  await redisPeer({ keeps: 'config' }),
  await redisPeer({ keeps: 'nowhere' }),
  await redisPeer({ keeps: 'aclfile', tls: true }),
]

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const ports = rotatorPorts({ redis: redisWithin(1000) })
const own = '+acl|getuser +acl|setuser +acl|save +config|rewrite +client|kill'.split(' ')
let count = 0

interface Made {
  readonly name: string
  readonly password: string
}

const newUser = async (peer: RedisPeer, rules: readonly string[] = own): Promise<Made> => {
  const made = { name: `app${(count += 1)}`, password: `canary-old-${count}` }
  assert.equal(await peer.ask(['ACL', 'SETUSER', made.name, 'on', `>${made.password}`, '+ping', ...rules]), 'OK')
  return made
}

const passwordsOf = async (peer: RedisPeer, name: string): Promise<readonly unknown[]> => {
  const reply = await peer.ask(['ACL', 'GETUSER', name])
  const fields: readonly unknown[] = Array.isArray(reply) ? reply : []
  const list = fields[fields.indexOf('passwords') + 1]
  return Array.isArray(list) ? list : assert.fail('no passwords')
}

const open = (settings: Readonly<Record<string, unknown>>, names: readonly string[] = ['CACHE_PASSWORD']): Rotator =>
  redis.open(credentialOf({ group: 'cache', names }, { with: 'redis', ...settings }), ports)

const upstreamOf = async (peer: RedisPeer, settings: Readonly<Record<string, unknown>> = {}): Promise<Upstream> => {
  const { name, password } = await newUser(peer)
  const proxy = await lossyTcp(peer.port, (sent) => sent.includes('SETUSER'))
  return {
    rotator: open({ user: name, host: peer.host, port: proxy.port, ...settings }),
    values: new Map([['CACHE_PASSWORD', new Secret(password)]]),
    secrets: new Map([['REDIS_ADMIN', new Secret(adminPassword)]]),
    accepts: async (values) =>
      (await peer.ask(['PING'], [name, values.get('CACHE_PASSWORD')?.reveal() ?? ''])) === 'PONG',
    count: async () => (await passwordsOf(peer, name)).length,
    loseAnswers: proxy.loseAnswers,
    hearAgain: proxy.hearAgain,
  }
}

rotatorConformance('redis, by itself', () => upstreamOf(filed), {
  refused: async () => ({
    ...(await upstreamOf(filed)),
    values: new Map([['CACHE_PASSWORD', new Secret('canary-of-nobody')]]),
  }),
  silent: async () => upstreamOf(filed, { port: await silentPort() }),
})

rotatorConformance('redis, by an administrator', () => upstreamOf(configured, { admin: 'REDIS_ADMIN' }), {
  refused: async () => ({
    ...(await upstreamOf(configured, { admin: 'REDIS_ADMIN' })),
    secrets: new Map([['REDIS_ADMIN', new Secret('canary-of-no-administrator')]]),
  }),
})

const step = { secret: () => null, signal: new AbortController().signal, isEmergency: false }
const held = (values: Record<string, string>): Held => ({
  ...step,
  values: new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)])),
})
const begun = async (rotator: Rotator, { values }: Held, isEmergency = false): Promise<Attempt> => {
  const { values: pending, marks } = await rotator.propose({ ...step, isEmergency, values })
  const attempt = { ...step, isEmergency, former: values, pending, marks }
  await rotator.install(attempt)
  return attempt
}

suite('redis', () => {
  for (const [what, peer] of [
    ['ACL file', filed],
    ['configuration file', configured],
  ] as const) {
    test(`what was changed survives a restart: ${what}`, async () => {
      const { name, password } = await newUser(peer)
      const rotator = open({ user: name, host: peer.host, port: peer.port })
      const attempt = await begun(rotator, held({ CACHE_PASSWORD: password }))
      await peer.restart()
      assert.equal((await passwordsOf(peer, name)).length, 2)
      await rotator.retire(attempt)
      await peer.restart()
      assert.deepEqual(await passwordsOf(peer, name), [digest(attempt.pending.get('CACHE_PASSWORD')?.reveal() ?? '')])
    })
  }

  test('a server that keeps its users nowhere is told of in the plan, and changed all the same', async () => {
    const { name, password } = await newUser(fleeting)
    const rotator = open({ user: name, host: fleeting.host, port: fleeting.port, admin: 'REDIS_ADMIN' })
    const values = held({ CACHE_PASSWORD: password })
    const asAdmin = { ...values, secret: () => new Secret(adminPassword) }
    assert.deepEqual(await rotator.look(asAdmin), { note: '1 password, a restart of the server undoes it' })
    const { values: pending, marks } = await rotator.propose(asAdmin)
    await rotator.install({ ...asAdmin, former: values.values, pending, marks })
    assert.equal((await passwordsOf(fleeting, name)).length, 2)
  })

  test('a file that the server cannot write stops the rotation, unless somebody else keeps its users', async () => {
    const settings = { host: 'localhost', port: secured.port, tls: true }
    const away = `${secured.directory}-away`
    for (const isOthers of [false, true]) {
      const { name, password } = await newUser(secured)
      const rotator = open({ ...settings, user: name, persist: !isOthers })
      renameSync(secured.directory, away)
      try {
        const work = begun(rotator, held({ CACHE_PASSWORD: password }))
        if (isOthers) await work
        else assert.match((await refusal('UNAVAILABLE', work)).message, /could not write its users down \(ACL SAVE\)/)
      } finally {
        renameSync(away, secured.directory)
      }
    }
  })

  test('a right that is missing is told with those that are needed', async () => {
    const lesser = own.filter((right) => right !== '+acl|save')
    const { name, password } = await newUser(filed, lesser)
    const rotator = open({ user: name, host: filed.host, port: filed.port })
    const error = await refusal('DENIED', begun(rotator, held({ CACHE_PASSWORD: password })))
    assert.match(error.message, /does not let this user ask for ACL SAVE/)
    assert.match(error.hint ?? '', /\+acl\|save/)
  })

  test('in an emergency whoever is in with the old password is put out', async () => {
    const { name, password } = await newUser(filed)
    const rotator = open({ user: name, host: filed.host, port: filed.port })
    const client = await redisWithin(2000).open(filed, step.signal)
    assert.equal(await client.ask('AUTH', name, password), 'OK')
    const calm = await begun(rotator, held({ CACHE_PASSWORD: password }))
    await rotator.retire(calm)
    assert.equal(await client.ask('PING'), 'PONG')
    await rotator.retire({ ...calm, isEmergency: true })
    await refusal('UNAVAILABLE', client.ask('PING'))
    client.end()
  })

  test('an address with the password in it is changed there alone, and says where the server is', async () => {
    const { name, password } = await newUser(filed)
    const url = `redis://${name}:${password}@127.0.0.1:${filed.port}/2?timeout=5`
    for (const names of [['REDIS_URL'], ['REDIS_URL', 'REDIS_PASSWORD']]) {
      const rotator = open({}, names)
      const attempt = await begun(
        rotator,
        held({ REDIS_URL: url, ...(names.length > 1 ? { REDIS_PASSWORD: password } : {}) }),
      )
      await rotator.verify(attempt)
      const now = attempt.pending.get('REDIS_URL')?.reveal() ?? ''
      const [, secret = ''] = /^redis:\/\/app\d+:([A-Za-z0-9]+)@(?:.*)$/.exec(now) ?? []
      assert.equal(now, url.replace(password, secret))
      if (names.length > 1) assert.equal(attempt.pending.get('REDIS_PASSWORD')?.reveal(), secret)
      assert.equal(await filed.ask(['PING'], [name, secret]), 'PONG')
    }
  })

  test('the server is told the password only where somebody logs in with it', async () => {
    const { name, password } = await newUser(filed)
    const seen: string[] = []
    const proxy = await lossyTcp(filed.port, (sent) => seen.push(sent) === 0)
    proxy.loseAnswers()
    const attempt = await begun(
      open({ user: name, host: '127.0.0.1', port: proxy.port }),
      held({ CACHE_PASSWORD: password }),
    )
    const made = attempt.pending.get('CACHE_PASSWORD')?.reveal() ?? ''
    assert.ok(seen.join('').includes(digest(made)))
    assert.ok(!seen.join('').includes(made))
  })

  test('each of several nodes is told', async () => {
    const { name, password } = await newUser(filed)
    await configured.ask(['ACL', 'SETUSER', name, 'on', `>${password}`, '+ping', ...own])
    const rotator = open({ user: name, nodes: [`127.0.0.1:${filed.port}`, `127.0.0.1:${configured.port}`] })
    const attempt = await begun(rotator, held({ CACHE_PASSWORD: password }))
    await rotator.verify(attempt)
    await rotator.retire(attempt)
    for (const peer of [filed, configured]) assert.equal((await passwordsOf(peer, name)).length, 1)
  })

  test('TLS: a certificate that nobody vouches for is refused, one that is vouched for is taken', async () => {
    const { name, password } = await newUser(secured)
    const url = `rediss://${name}:${password}@localhost:${secured.port}`
    const rotator = open({}, ['REDIS_URL'])
    tls.setDefaultCACertificates([])
    const error = await refusal('UNAVAILABLE', rotator.look(held({ REDIS_URL: url })))
    assert.match(error.message, /SELF_SIGNED/)
    trustOnly(secured.directory)
    await rotator.verify(await begun(rotator, held({ REDIS_URL: url })))
    const other = url.replace('localhost', '127.0.0.1')
    assert.match((await refusal('UNAVAILABLE', rotator.look(held({ REDIS_URL: other })))).message, /ALTNAME/)
  })

  const states: readonly [string, readonly string[], RegExp][] = [
    ['nopass', ['nopass'], /anybody may log in as the user app/],
    ['off', ['off'], /is switched off/],
  ]
  for (const [what, rules, message] of states) {
    test(`a user that is ${what} is not taken for one whose password counts`, async () => {
      const { name } = await newUser(filed, rules)
      const rotator = open({ user: name, host: filed.host, port: filed.port, admin: 'REDIS_ADMIN' })
      const asAdmin = { ...held({ CACHE_PASSWORD: 'x' }), secret: () => new Secret(adminPassword) }
      assert.match((await refusal('CONFLICT', rotator.look(asAdmin))).message, message)
    })
  }

  test('a user that is not there, and one that may not change itself, are told in the plan', async () => {
    const at = { host: filed.host, port: filed.port }
    const asAdmin = { ...held({ CACHE_PASSWORD: 'x' }), secret: () => new Secret(adminPassword) }
    await refusal('CONFIG', open({ ...at, user: 'nobody', admin: 'REDIS_ADMIN' }).look(asAdmin))
    const { name, password } = await newUser(filed, ['+acl|getuser', '+acl|dryrun'])
    await refusal('DENIED', open({ ...at, user: name }).look(held({ CACHE_PASSWORD: password })))
    const mute = await newUser(filed, [])
    const error = await refusal(
      'DENIED',
      open({ ...at, user: mute.name }).look(held({ CACHE_PASSWORD: mute.password })),
    )
    assert.match(error.hint ?? '', /\+acl\|setuser/)
  })

  test('the old password stays where the new one has gone', async () => {
    const { name, password } = await newUser(filed)
    const rotator = open({ user: name, host: filed.host, port: filed.port })
    const attempt = await begun(rotator, held({ CACHE_PASSWORD: password }))
    await filed.ask(['ACL', 'SETUSER', name, `!${digest(attempt.pending.get('CACHE_PASSWORD')?.reveal() ?? '')}`])
    await refusal('CONFLICT', rotator.retire(attempt))
    assert.deepEqual(await passwordsOf(filed, name), [digest(password)])
  })
})
