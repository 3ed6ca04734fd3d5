import { codes } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { sameToken } from '../../crypto/same-token.ts'
import type { Secrets } from './secrets.ts'

/** Where the document is served. */
export const statusPath = '/api/secrets/status'

/** The secret that is the token, where no other is given. */
const statusTokenName = 'LOCKSTEP_STATUS_TOKEN'

export interface StatusOptions {
  /** Who shows it as a bearer token sees fingerprints. Default: the secret LOCKSTEP_STATUS_TOKEN, if there is one. */
  readonly token?: Secret | string
}

export interface StatusReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Answers a request for the status: 200 when ready, 503 when degraded, 403 for a wrong token, 405 for another method
 *  than GET and HEAD. Never a value. */
export const statusReply = (
  secrets: Secrets,
  request: { readonly method: string; readonly authorization: string | null },
  options: StatusOptions = {},
): StatusReply => {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return reply(405, { error: { code: 'USAGE', message: 'GET only' } }, { allow: 'GET, HEAD' })
  }
  const shown = bearerOf(request.authorization)
  const isKnown = shown !== null && isToken(secrets, shown, options)
  if (shown !== null && !isKnown) {
    return reply(codes.DENIED.http, { error: { code: 'DENIED', message: 'this token is not the one' } })
  }
  const document = secrets.status({ fingerprints: isKnown })
  return reply(document.state === 'ready' ? 200 : codes.UNAVAILABLE.http, document)
}

const reply = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): StatusReply => ({
  status,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  },
  body: `${JSON.stringify(body)}\n`,
})

/** Null without a bearer token; other schemes are somebody else's business. */
const bearerOf = (authorization: string | null): Secret | null => {
  const found = /^bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1]
  return found === undefined ? null : new Secret(found)
}

const isToken = (secrets: Secrets, shown: Secret, { token }: StatusOptions): boolean => {
  const expected = token === undefined && secrets.has(statusTokenName) ? secrets.get(statusTokenName) : token
  if (expected === undefined) return false
  const secret = typeof expected === 'string' ? new Secret(expected) : expected
  return secret.bytes().length > 0 && sameToken(shown, secret)
}
