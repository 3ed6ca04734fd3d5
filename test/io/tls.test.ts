import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:https'
import { type TestContext, suite, test } from 'node:test'
import { http } from '../../src/io/http.ts'
import { redis } from '../../src/io/redis.ts'
import { makeCertificate } from '../support/certificate.ts'
import { refusal } from '../support/refusal.ts'
import { temporary } from '../support/temporary.ts'

/** A port behind which a certificate of nobody's is shown. */
const stranger = async (t: TestContext): Promise<number> => {
  const { certificate, key } = makeCertificate(temporary(t), 'localhost')
  const options = { cert: readFileSync(certificate), key: readFileSync(key) }
  const server = createServer(options, (_, response) => response.end('hello')).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : assert.fail('no port')
}

suite('an environment that says NODE_TLS_REJECT_UNAUTHORIZED=0 has nobody trusted', () => {
  test('by http, and by redis', async (t) => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'])
    const port = await stranger(t)
    const [plain] = await once(request({ port, host: 'localhost', agent: false }).end(), 'response')
    assert.equal(plain.statusCode, 200, 'what does not ask for more is not verified')
    plain.resume()

    const failed = await refusal('UNAVAILABLE', http.request(`https://localhost:${port}/`))
    assert.match(failed.message, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/)
    const { signal } = new AbortController()
    await refusal('UNAVAILABLE', redis.open({ host: 'localhost', port, tls: true }, signal))
  })
})
