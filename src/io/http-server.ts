import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { fail } from '../core/errors.ts'
import type { HttpServer, ServedReply } from '../core/ports.ts'
import { systemCode } from './system-error.ts'

/** A small server: short requests, few at a time, nothing of a body is read. */
export const httpServer: HttpServer = {
  listen: async ({ host, port, signal, onReady }, answer) => {
    const server = createServer({ headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 1000 })
    server.maxConnections = 32
    server.on('request', (request, response) => {
      request.resume()
      void reply(request, response, answer)
    })
    server.listen(port, host)
    try {
      await once(server, 'listening', { signal })
    } catch (error) {
      server.close()
      if (signal.aborted) return
      throw notListening(error, `${host}:${port}`)
    }
    const address = server.address()
    onReady(address === null || typeof address === 'string' ? port : address.port)
    if (!signal.aborted) await once(signal, 'abort')
    server.close()
    server.closeAllConnections()
  },
}

const reply = async (
  request: IncomingMessage,
  response: ServerResponse,
  answer: Parameters<HttpServer['listen']>[1],
): Promise<void> => {
  const { method = 'GET', url = '/' } = request
  const asked = { method, path: url.split('?')[0] ?? '/', host: request.headers.host ?? '' }
  const { status, headers, body }: ServedReply = await answer(asked)
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) })
  response.end(method === 'HEAD' ? undefined : body)
}

const notListening = (error: unknown, at: string): unknown => {
  const name = systemCode(error)
  if (name === null) return error
  return fail('UNAVAILABLE', `cannot listen there (${name})`, {
    at,
    hint: 'choose another port, or see who has this one',
  })
}
