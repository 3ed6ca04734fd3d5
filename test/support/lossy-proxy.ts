import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as ask, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Passing {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** Stands between us and a real HTTP server. */
export interface LossyProxy {
  /** Without a slash at its end. */
  readonly url: string
  /** What came through, in order. */
  readonly passed: readonly Passing[]
  /** From now on the server does what these requests say, and the connection breaks before its answer. */
  loseAnswersTo(isLost: (passing: Passing) => boolean): void
  close(): void
}

/** @param to address of the server, http */
export const lossyProxy = async (to: string): Promise<LossyProxy> => {
  const passed: Passing[] = []
  let isLost: (passing: Passing) => boolean = () => false
  const server = createServer((asked, answer) => {
    void (async () => {
      const body = await bytesOf(asked)
      const passing = { method: asked.method ?? '', path: asked.url ?? '', body: body.toString() }
      passed.push(passing)
      // the name that was asked for stays: a signature may cover it
      const onward = ask(new URL(passing.path, to), { method: passing.method, headers: asked.headers, agent: false })
      onward.end(body)
      const [reply]: IncomingMessage[] = await once(onward, 'response')
      assert.ok(reply !== undefined)
      const content = await bytesOf(reply)
      if (isLost(passing)) asked.socket.destroy()
      else answer.writeHead(reply.statusCode ?? 500, { ...reply.headers, connection: 'close' }).end(content)
    })().catch(() => asked.socket.destroy())
  })
  const url = await listening(server)
  return {
    url,
    passed,
    loseAnswersTo: (which) => void (isLost = which),
    close: () => void server.close(),
  }
}

/** A port where connections are taken and nothing is ever answered. */
export const silentServer = async (): Promise<{ readonly url: string; close(): void }> => {
  const server = createServer(() => {})
  const url = await listening(server)
  return {
    url,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const listening = async (server: ReturnType<typeof createServer>): Promise<string> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(isBound(address))
  return `http://127.0.0.1:${address.port}`
}

const isBound = (address: AddressInfo | string | null): address is AddressInfo => typeof address === 'object'

const bytesOf = async (stream: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}
