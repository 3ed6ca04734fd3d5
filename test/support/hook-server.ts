import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestContext } from 'node:test'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

export interface HookServer {
  readonly url: string
  readonly received: Received[]
  /** What it answers from now on. */
  answer(status: number, headers?: Readonly<Record<string, string>>): void
  /** It answers 403 to all that names this. */
  block(word: string): void
}

/** A real HTTP server on this machine that keeps what it is sent. */
export const hookServer = async (t: TestContext): Promise<HookServer> => {
  const received: Received[] = []
  let blocked: string | null = null
  let [status, headers]: [number, Readonly<Record<string, string>>] = [200, {}]
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body })
      const isBlocked = blocked !== null && body.includes(blocked)
      response.writeHead(isBlocked ? 403 : status, headers).end('the answer')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  const port = address === null || typeof address === 'string' ? assert.fail('no port') : address.port
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    block: (word) => void (blocked = word),
    answer: (next, more = {}) => {
      status = next
      headers = more
    },
  }
}
