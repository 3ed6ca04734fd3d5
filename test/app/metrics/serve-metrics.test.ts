import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { serveMetrics } from '../../../src/app/metrics/serve-metrics.ts'
import { wire } from '../../../src/wire.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

const ask = (
  url: string,
  method = 'GET',
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => (body += part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    asked.on('error', reject).end()
  })

test('GET /metrics, nothing else, nowhere else, until a signal comes', async (t) => {
  const { ports, project } = await projectIn(t)
  const stop = new AbortController()
  let ready: (url: string) => void = () => {}
  const started = new Promise<string>((resolve) => (ready = resolve))
  const where = { listen: '127.0.0.1:0', allowRemote: false, signal: stop.signal, onReady: ready }
  const served = serveMetrics({ ...ports, server: wire().server }, project, where)
  const url = await started
  const found = await ask(url)
  assert.equal(found.status, 200)
  assert.match(found.body, /^# TYPE lockstep_alerts_open gauge$/m)
  assert.deepEqual(await ask(url, 'HEAD'), { status: 200, body: '' })
  assert.equal((await ask(`${url}?x=1`)).status, 200)
  assert.equal((await ask(url, 'POST')).status, 405)
  assert.equal((await ask(url.replace('metrics', ''))).status, 404)
  assert.equal((await ask(url.replace('metrics', 'metrics/../etc/passwd'))).status, 404)
  assert.equal((await ask(url, 'GET', { host: 'evil.example.com' })).status, 421)
  const port = Number(URL.parse(url)?.port)
  const taken = { ...where, listen: `127.0.0.1:${port}` }
  await refusal('UNAVAILABLE', serveMetrics({ ...ports, server: wire().server }, project, taken))
  stop.abort(15)
  await served
  await assert.rejects(ask(url))
})

for (const [listen, code] of [
  ['0.0.0.0:9750', 'UNSAFE'],
  ['192.0.2.1:9750', 'UNSAFE'],
  ['[::]:9750', 'UNSAFE'],
  ['example.com:9750', 'USAGE'],
  ['9750', 'USAGE'],
  ['127.0.0.1:99999', 'USAGE'],
] as const) {
  test(`--listen ${listen} is refused`, async (t) => {
    const { ports, project } = await projectIn(t)
    const { signal } = new AbortController()
    await refusal(code, serveMetrics(ports, project, { listen, allowRemote: false, signal, onReady: assert.fail }))
  })
}
