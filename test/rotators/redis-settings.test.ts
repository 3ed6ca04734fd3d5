import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { RedisConversation, RedisReply, RedisServer } from '../../src/core/rotators/redis-door.ts'
import { readRedisReply, redisCommand } from '../../src/core/rotators/redis-reply.ts'
import type { Held, Rotator } from '../../src/core/rotate/rotator.ts'
import { Secret } from '../../src/core/secret.ts'
import { redis } from '../../src/rotators/redis/redis.ts'
import { codeOf, refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

const asked: RedisServer[] = []

const deaf: RedisConversation = {
  ask: async (): Promise<RedisReply> => ({ refused: 'WRONGPASS', text: 'WRONGPASS' }),
  end: () => {},
}

const open = (settings: Readonly<Record<string, unknown>>, names: readonly string[]): Rotator => {
  const door = { open: async (server: RedisServer) => (asked.push(server), deaf) }
  return redis.open(
    credentialOf({ group: 'cache', names }, { with: 'redis', ...settings }),
    rotatorPorts({ redis: door }),
  )
}

const look = async (settings: Readonly<Record<string, unknown>>, values: Record<string, string>): Promise<void> => {
  const entries = Object.entries(values).map(([name, value]) => [name, new Secret(value)] as const)
  const held = { secret: () => null, signal: new AbortController().signal, isEmergency: false }
  await open(settings, Object.keys(values)).look({ ...held, values: new Map(entries) })
}

suite('where redis is', () => {
  const table: readonly [Record<string, unknown>, string, RedisServer][] = [
    [{}, 'rediss://:x@cache.example.com', { host: 'cache.example.com', port: 6379, tls: true }],
    [{}, 'rediss://u:x@cache.example.com:80/1', { host: 'cache.example.com', port: 80, tls: true }],
    [{}, 'redis://u:x@127.0.0.1:7000', { host: '127.0.0.1', port: 7000, tls: false }],
    [{}, 'redis://u:x@[::1]:7000/0', { host: '::1', port: 7000, tls: false }],
    [{ tls: true }, 'redis://u:x@shop_cache', { host: 'shop_cache', port: 6379, tls: true }],
    [{ tls: false }, 'redis://u:x@cache', { host: 'cache', port: 6379, tls: false }],
    [{ host: 'other', tls: true, port: 1 }, 'redis://u:x@cache', { host: 'other', port: 1, tls: true }],
  ]
  for (const [settings, url, server] of table) {
    test(`${JSON.stringify(settings)} ${url}`, async () => {
      asked.length = 0
      await refusal('DENIED', look(settings, { REDIS_URL: url }))
      const isTold = 'host' in settings
      assert.deepEqual(asked, [isTold ? server : { ...server, called: 'the server of REDIS_URL' }])
    })
  }

  const refusals: readonly [string, Record<string, unknown>, Record<string, string>, RegExp][] = [
    [
      'in the clear to elsewhere',
      {},
      { REDIS_URL: 'redis://u:x@cache' },
      /tls: the server of REDIS_URL would be sent passwords/,
    ],
    ['no address', {}, { REDIS_URL: 'canary-no-address' }, /host: nobody says where/],
    ['two accounts in an address', {}, { REDIS_URL: 'redis://u:can@ry@cache' }, /host: nobody says where/],
    ['no place', {}, { REDIS_PASSWORD: 'x' }, /host: nobody says where/],
    ['two users', { user: 'v', tls: true }, { REDIS_URL: 'redis://u:x@cache' }, /user: the address in REDIS_URL names/],
    ['neither part', { host: 'h' }, { CACHE_KEY: 'x' }, /password: no key of cache ends in PASSWORD/],
    ['a wrong node', { nodes: ['a b'] }, { REDIS_PASSWORD: 'x' }, /nodes: each must be HOST/],
    [
      'half an administrator',
      { host: '::1', admin_user: 'ops' },
      { REDIS_PASSWORD: 'x' },
      /admin_user: has no password/,
    ],
  ]
  for (const [what, settings, values, message] of refusals) {
    test(`refused: ${what}`, async () => {
      const error = await refusal('CONFIG', () => look(settings, values))
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /canary/)
    })
  }
})

suite('what an address alone says is no part of an error or a mark', () => {
  const address = 'rediss://canary-user:x@canary-host.example.com:6380/0'
  const held = (text: string): Held => ({
    secret: () => null,
    signal: new AbortController().signal,
    isEmergency: false,
    values: new Map([['REDIS_URL', new Secret(text)]]),
  })

  test('the server and the user are called by the secret’s name', async () => {
    const rotator = open({}, ['REDIS_URL'])
    const error = await refusal('DENIED', rotator.look(held(address)))
    assert.equal(error.message, 'the server of REDIS_URL refuses the password of the user that REDIS_URL names')
    assert.doesNotMatch(`${error.at} ${error.hint}`, /canary/)
    assert.deepEqual((await rotator.propose(held(address))).marks, {})
  })

  test('what a setting names is told', async () => {
    const settings = { user: 'app', nodes: ['cache.example.com'] }
    const rotator = open(settings, ['REDIS_URL'])
    const error = await refusal('DENIED', rotator.look(held('rediss://app:x@canary-host')))
    assert.equal(error.message, 'cache.example.com:6379 refuses the password of the user app')
    assert.deepEqual((await rotator.propose(held('rediss://app:x@canary-host'))).marks, { user: 'app' })
  })

  test('nor where nobody answers', async () => {
    const credential = credentialOf({ group: 'cache', names: ['REDIS_URL'] }, { with: 'redis' })
    const rotator = redis.open(credential, rotatorPorts())
    const error = await refusal('UNAVAILABLE', rotator.look(held('redis://u:x@127.0.0.1:1')))
    assert.match(error.message, /^the connection to the server of REDIS_URL failed/)
    assert.doesNotMatch(`${error.message} ${error.at} ${error.hint}`, /127/)
  })
})

suite('what redis answers', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  const table: readonly [string, RedisReply][] = [
    ['+OK\r\n', 'OK'],
    [':-7\r\n', -7],
    ['$-1\r\n', null],
    ['*-1\r\n', null],
    ['$0\r\n\r\n', ''],
    ['$6\r\na\r\n€\r\n', 'a\r\n€'],
    ['-WRONGPASS no such\r\n', { refused: 'WRONGPASS', text: 'WRONGPASS no such' }],
    ['*2\r\n$1\r\na\r\n*1\r\n:1\r\n', ['a', [1]]],
  ]
  for (const [text, reply] of table) {
    test(JSON.stringify(text), () => {
      const whole = bytes(text)
      assert.deepEqual(readRedisReply(whole), { reply, end: whole.length })
      for (let cut = 0; cut < whole.length; cut++) assert.equal(readRedisReply(whole.subarray(0, cut)), null)
    })
  }

  for (const text of [
    'HTTP/1.1 400\r\n',
    ':x\r\n',
    '*99999999\r\n',
    '$1e3\r\n',
    `${'*1\r\n'.repeat(12)}:1\r\n`,
    '+a\rb\r\n',
  ]) {
    test(`no reply: ${JSON.stringify(text).slice(0, 30)}`, () =>
      assert.equal(
        codeOf(() => readRedisReply(bytes(text))),
        'TAMPERED',
      ))
  }

  test('a command counts bytes', () => {
    assert.equal(new TextDecoder().decode(redisCommand(['A', '€'])), '*2\r\n$1\r\nA\r\n$3\r\n€\r\n')
  })
})
