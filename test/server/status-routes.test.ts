import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Hono } from 'hono'
import { fail } from '../../src/core/errors.ts'
import type { Secrets } from '../../src/app/runtime/secrets.ts'
import type { StatusOptions } from '../../src/app/runtime/status-reply.ts'
import { nodeStatusHandler } from '../../src/server/node-status-handler.ts'
import { statusRoutes } from '../../src/server/status-routes.ts'
import { loadedState } from '../support/loaded.ts'

const path = '/api/secrets/status'
const { secrets: ready } = loadedState({ API_KEY: 'canary', LOCKSTEP_STATUS_TOKEN: 'the token' })
const { secrets: degraded } = loadedState(null, ['API_KEY'])

const app = (secrets: Secrets, options?: StatusOptions): Hono => new Hono().route('/', statusRoutes(secrets, options))
const get = (secrets: Secrets, authorization?: string, options?: StatusOptions): Promise<Response> =>
  Promise.resolve(
    app(secrets, options).request(path, authorization === undefined ? {} : { headers: { authorization } }),
  )

test('ready is 200, degraded 503, neither holds a value', async () => {
  const reply = await get(ready)
  const text = await reply.text()
  assert.equal(reply.status, 200)
  assert.equal(reply.headers.get('cache-control'), 'no-store')
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(JSON.parse(text).digest, '0123456789ab')
  assert.equal(/canary|the token|abcdefabcdef/.test(text), false)
  const other = await get(degraded)
  assert.equal(other.status, 503)
  assert.equal(JSON.parse(await other.text()).lastError.code, 'NOT_FOUND')
})

const rows: readonly (readonly [string, StatusOptions | undefined, string | undefined, number, boolean])[] = [
  ['no token shown', undefined, undefined, 200, false],
  ['the token of the scope', undefined, 'Bearer the-token', 200, true],
  ['scheme in small letters', undefined, 'bearer the-token', 200, true],
  ['a wrong token', undefined, 'Bearer the-tokem', 403, false],
  ['a part of the token', undefined, 'Bearer the-toke', 403, false],
  ['a token given as option', { token: 'given' }, 'Bearer given', 200, true],
  ['then the one of the scope is none', { token: 'given' }, 'Bearer the-token', 403, false],
  ['an empty option is no token', { token: '' }, 'Bearer x', 403, false],
  ['another scheme is not ours', undefined, 'Basic dGhlOnRva2Vu', 200, false],
  ['an empty token', undefined, 'Bearer ', 200, false],
]

test('fingerprints only with the token', async () => {
  const { secrets } = loadedState({ API_KEY: 'canary', LOCKSTEP_STATUS_TOKEN: 'the-token' })
  for (const [what, options, authorization, status, shown] of rows) {
    const reply = await get(secrets, authorization, options)
    const text = await reply.text()
    assert.equal(reply.status, status, what)
    assert.equal(text.includes('abcdefabcdef'), shown, what)
    assert.equal(text.includes('the-token'), false, what)
  }
})

test('no token anywhere means no fingerprints for anybody', async () => {
  const { secrets } = loadedState({ API_KEY: 'canary' })
  assert.equal((await get(secrets, 'Bearer x')).status, 403)
  assert.equal((await get(degraded, 'Bearer x')).status, 403)
})

test('other methods, other paths', async () => {
  const head = await app(ready).request(path, { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [200, ''])
  const post = await app(ready).request(path, { method: 'POST' })
  assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD'])
  assert.equal((await app(ready).request('/api/secrets')).status, 404)
})

test('below a path, behind middleware, and with the app’s own error handler', async () => {
  const seen: string[] = []
  const outer = new Hono()
  outer.use('*', async (context, next) => {
    seen.push(context.req.path)
    await next()
    context.header('x-app', 'yes')
  })
  outer.onError((error, context) => context.text(`handled ${error.message}`, 500))
  outer.route('/internal', statusRoutes(ready))
  const broken: Secrets = {
    ...ready,
    status: () => {
      throw fail('INTERNAL', 'a bug')
    },
  }
  outer.route('/broken', statusRoutes(broken))
  const reply = await outer.request(`/internal${path}`)
  assert.deepEqual([reply.status, reply.headers.get('x-app')], [200, 'yes'])
  assert.equal(await (await outer.request(`/broken${path}`)).text(), 'handled a bug')
  assert.equal(seen.length, 2)
})

test('node:http', async () => {
  const status = nodeStatusHandler(ready, { token: 'given' })
  const server = createServer((request, response) => {
    if (!status(request, response)) response.writeHead(404).end('elsewhere')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const base = `http://127.0.0.1:${portOf(server.address())}`
    const reply = await fetch(`${base}${path}?x=1`, { headers: { authorization: 'Bearer given' } })
    assert.equal(reply.status, 200)
    assert.ok((await reply.text()).includes('abcdefabcdef'))
    assert.equal((await fetch(`${base}${path}`, { method: 'HEAD' })).status, 200)
    assert.equal(await (await fetch(`${base}/else`)).text(), 'elsewhere')
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : assert.fail('no port')
