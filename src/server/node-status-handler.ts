import type { Secrets } from '../app/runtime/secrets.ts'
import { statusPath, statusReply, type StatusOptions } from '../app/runtime/status-reply.ts'

/** What we use of node:http's IncomingMessage and ServerResponse. */
interface Incoming {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: { readonly authorization?: string | undefined }
}

interface Outgoing {
  writeHead(status: number, headers: Record<string, string>): unknown
  end(body?: string): unknown
}

/** GET /api/secrets/status for a server made with node:http. Gives false, and has done nothing, for any other path:
 *  `createServer((request, response) => { if (!status(request, response)) … })`. */
export const nodeStatusHandler =
  (secrets: Secrets, options: StatusOptions = {}) =>
  (request: Incoming, response: Outgoing): boolean => {
    const [path] = (request.url ?? '').split('?')
    if (path !== statusPath) return false
    const { method = 'GET' } = request
    const reply = statusReply(secrets, { method, authorization: request.headers.authorization ?? null }, options)
    response.writeHead(reply.status, { ...reply.headers })
    response.end(method === 'HEAD' ? undefined : reply.body)
    return true
  }
