import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { http } from '../../src/io/http.ts'
import { refusal } from '../support/refusal.ts'
import { temporary, textOf } from '../support/temporary.ts'

const serve = async (t: TestContext, answer: RequestListener, socket?: string): Promise<string> => {
  const server = createServer(answer).listen(socket === undefined ? { port: 0, host: '127.0.0.1' } : { path: socket })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : 'http://localhost'
}

test('one exchange: method, headers, body, answer', async (t) => {
  const url = await serve(t, (request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      response.writeHead(201, { 'X-Seen': `${request.method} ${request.headers['x-a']} ${body}` })
      response.end('done')
    })
  })
  const reply = await http.request(`${url}/x`, { method: 'POST', headers: { 'x-a': '1' }, body: 'hello' })
  assert.deepEqual([reply.status, reply.headers['x-seen'], textOf(reply.body)], [201, 'POST 1 hello', 'done'])
})

test('a unix socket instead of the network', async (t) => {
  const socket = join(temporary(t), 'socket')
  await serve(t, (_, response) => response.end('by socket'), socket)
  assert.equal(textOf((await http.request('http://docker/info', { socket })).body), 'by socket')
})

test('redirects are answers, not followed', async (t) => {
  let asked = 0
  const url = await serve(t, (_, response) => {
    asked++
    response.writeHead(302, { location: '/elsewhere' }).end()
  })
  assert.equal((await http.request(url)).status, 302)
  assert.equal(asked, 1)
})

test('size and time are bounded', async (t) => {
  const url = await serve(t, (request, response) => {
    if (request.url === '/large') response.end(Buffer.alloc(2000))
    if (request.url === '/half') response.write('half')
  })
  await refusal('UNSAFE', http.request(`${url}/large`, { max: 1000 }))
  await refusal('UNAVAILABLE', http.request(`${url}/never`, { timeout: 50 }))
  await refusal('UNAVAILABLE', http.request(`${url}/half`, { timeout: 50 }))
  await refusal('UNAVAILABLE', http.request(`${url}/never`, { signal: AbortSignal.timeout(20) }))
})

test('errors say where, and nothing that may be secret', async () => {
  const error = await refusal('UNAVAILABLE', http.request('http://user:hunter2@127.0.0.1:1/hunter2?hunter2'))
  assert.ok(!`${error.message} ${error.at} ${String(error.hint)} ${String(error.cause)}`.includes('hunter2'))
  const header = await refusal('USAGE', http.request('http://127.0.0.1:1/', { headers: { 'x-a': 'hunter2\n' } }))
  assert.ok(!`${header.message} ${String(header.cause)}`.includes('hunter2'))
  await refusal('USAGE', http.request('file:///etc/passwd'))
  await refusal('USAGE', http.request('hunter2'))
})
