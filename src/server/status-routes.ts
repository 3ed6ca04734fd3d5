import type { Hono } from 'hono'
import type { Secrets } from '../app/runtime/secrets.ts'
import { statusPath, statusReply, type StatusOptions } from '../app/runtime/status-reply.ts'

/** What `app.route` reads of the app it is given. */
type RouteTable = Pick<Hono, 'routes'>

/** GET /api/secrets/status for an app made with hono: `app.route('/', statusRoutes(secrets))`.
 *  A table of routes, typed as the app that `app.route` asks for; to add routes, add them to your own app. Loading
 *  hono itself takes longer than loading the secrets, so programs without it do not pay for it. */
export function statusRoutes(secrets: Secrets, options?: StatusOptions): Hono
export function statusRoutes(secrets: Secrets, options: StatusOptions = {}): RouteTable {
  const answer = (request: Request): Response => {
    const { method, headers } = request
    const reply = statusReply(secrets, { method, authorization: headers.get('authorization') }, options)
    return new Response(method === 'HEAD' ? null : reply.body, reply)
  }
  return { routes: [{ method: 'ALL', path: statusPath, basePath: '/', handler: (context) => answer(context.req.raw) }] }
}
