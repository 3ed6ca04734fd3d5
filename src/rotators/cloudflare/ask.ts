import { fail, type SecretsError } from '../../core/errors.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import type { Secret } from '../../core/secret.ts'
import { integer, list, nullable, parseOrNull, shape, type Shape } from '../../core/shape.ts'

/** Cloudflare's API v4: JSON in an envelope `{success, errors, messages, result}` (developers.cloudflare.com/api). */
export interface Question<T> {
  /** For people: `create a token`. */
  readonly what: string
  readonly method?: string
  /** Below the endpoint. */
  readonly path: string
  readonly body?: unknown
  readonly result: Shape<T>
}

/** Upstream's no, by Cloudflare's own number; null where it gave none. */
export interface Refusal {
  readonly what: string
  readonly host: string
  readonly status: number
  readonly code: number | null
}

export type Answer<T> =
  | { readonly result: T; readonly refused: null }
  | { readonly result: null; readonly refused: Refusal }

export type Ask = <T>(question: Question<T>) => Promise<Answer<T>>

const timeout = 8_000
const max = 1024 * 1024

const failed = shape({ errors: nullable(list(shape({ code: nullable(integer) }))) })

/** @param token signs what is asked. @throws UNAVAILABLE where there is no answer, and where upstream says that it cannot
 *  give one now; TAMPERED for an answer of another kind */
export const asking =
  (http: RotatorPorts['http'], endpoint: URL, token: Secret, signal: AbortSignal): Ask =>
  async ({ what, method = 'GET', path, body, result }) => {
    const { host } = endpoint
    const headers = {
      authorization: `Bearer ${token.reveal()}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const url = `${endpoint.href.replace(/\/$/, '')}${path}`
    const reply = await http.request(url, { method, headers, ...sent, timeout, max, signal })
    const text = new TextDecoder().decode(reply.body)
    if (reply.status === 200) {
      const found = parseOrNull(text, shape({ result }))
      if (found !== null) return { result: found.result, refused: null }
      throw fail('TAMPERED', `${host} was asked to ${what} and answered with something else`, {
        at: host,
        hint: 'is it Cloudflare that answers there? see the setting endpoint',
      })
    }
    const code = parseOrNull(text, failed)?.errors?.[0]?.code ?? null
    const refused = { what, host, status: reply.status, code }
    if (reply.status >= 500 || reply.status === 429) throw fail('UNAVAILABLE', said(refused, 'could not'), { at: host })
    return { result: null, refused }
  }

const said = ({ what, host, status, code }: Refusal, verb: string): string =>
  `${host} ${verb} ${what} (${status}${code === null ? '' : ` ${code}`})`

/** 6003: what was sent does not even look like a token. */
export const isDenied = ({ status, code }: Refusal): boolean =>
  status === 401 || status === 403 || (status === 400 && code === 6003)

const hints: Readonly<Record<number, string>> = {
  1000: 'Cloudflare does not know the token: was it replaced elsewhere, and is `account` set for one that an account owns, and only then?',
  6003: 'this is no API token: it was cut, or is a global API key',
  9109: 'may the token be used from this machine, and does it have the right? docs/rotators.md lists what the rotator cloudflare needs',
}

/** What is told of a refusal. */
export const refusedWith = (refused: Refusal): SecretsError => {
  const { host, status, code } = refused
  const rights = 'docs/rotators.md lists the rights that the rotator cloudflare needs'
  const hint = (code === null ? undefined : hints[code]) ?? (isDenied(refused) ? rights : undefined)
  const more = { at: host, ...(hint === undefined ? {} : { hint }) }
  if (isDenied(refused)) return fail('DENIED', said(refused, 'refused to'), more)
  if (status === 409) return fail('CONFLICT', said(refused, 'cannot now'), more)
  return fail('CONFIG', said(refused, 'cannot'), more)
}

/** @throws what refusedWith makes of a refusal */
export const granted = <T>(answer: Answer<T>): T => {
  if (answer.refused !== null) throw refusedWith(answer.refused)
  return answer.result
}
