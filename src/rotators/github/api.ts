import { fail, hasCode } from '../../core/errors.ts'
import type { HttpReply, Ports } from '../../core/ports.ts'
import { endpointOf } from '../../core/rotators/endpoint.ts'
import type { Settings } from '../../core/rotators/settings.ts'
import { parseJson, text, type Shape } from '../../core/shape.ts'
import { failAt } from './fail-at.ts'
import { refusedBy } from './refusals.ts'

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Behind the endpoint, each part of it encoded. */
  readonly path: string
  readonly body?: object
  /** Null: as nobody. */
  readonly token: string | null
  readonly signal: AbortSignal
  /** What the call is about, for errors: `acme/api`. */
  readonly at: string
}

export interface Answer<T> {
  readonly value: T
  readonly headers: HttpReply['headers']
}

/** GitHub's REST API, one bounded call at a time, none repeated. */
export interface Api {
  /** Is it github.com itself, not a server of somebody's own? */
  readonly isCloud: boolean
  /** Where people go, without a slash at its end. */
  readonly site: string
  /** Null: there is no such thing, or this login may not know of it (404).
   *  @throws DENIED, UNAVAILABLE, CONFIG; TAMPERED for an answer of another form */
  ask<T>(asked: Asked, item: Shape<T>): Promise<Answer<T> | null>
  /** Is this login one of GitHub's? False only where it is refused as none (401): one that may not do this is known.
   *  @throws UNAVAILABLE */
  knows(asked: Asked): Promise<boolean>
  /** All pages of a list. @param items what one page says */
  all<T>(asked: Asked, items: Shape<readonly T[]>): Promise<readonly T[] | null>
}

/** Shape of an answer that says nothing. */
export const nothing: Shape<null> = () => null

/** The version of the API that this was written for and is checked against. */
const apiVersion = '2022-11-28'

const cloud = 'https://api.github.com'
const perPage = 100
const mostPages = 100

/** @throws CONFIG for an endpoint that is no https address */
export const openApi = (settings: Settings, http: Ports['http']): Api => {
  const endpoint = endpointOf(settings, cloud).href.replace(/\/+$/, '')
  const send = async ({ method = 'GET', path, body, token, signal }: Asked): Promise<HttpReply> =>
    http.request(`${endpoint}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': apiVersion,
        'user-agent': 'lockstep',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    })
  const ask: Api['ask'] = async (asked, item) => {
    const reply = await send(asked)
    if (reply.status === 404) return null
    if (reply.status < 200 || reply.status > 299) throw refusedBy(reply, asked.at)
    const source = new TextDecoder().decode(reply.body)
    return { value: parseJson(source === '' ? 'null' : source, item, asked.at), headers: reply.headers }
  }
  const knows: Api['knows'] = async (asked) => {
    const reply = await send(asked)
    if (reply.status === 401) return false
    if (reply.status < 400) return true
    const refused = refusedBy(reply, asked.at)
    if (hasCode(refused, 'UNAVAILABLE')) throw refused
    return true
  }
  const all: Api['all'] = async (asked, items) => {
    const found = []
    for (let page = 1; page <= mostPages; page++) {
      const path = `${asked.path}?per_page=${perPage}&page=${page}`
      const answer = await ask({ ...asked, path }, items)
      if (answer === null) return null
      found.push(...answer.value)
      if (answer.value.length < perPage) return found
    }
    throw failAt(asked.at, 'CONFLICT', 'more is listed by GitHub than is read')
  }
  const isCloud = endpoint === cloud
  return { isCloud, site: isCloud ? 'https://github.com' : new URL(endpoint).origin, ask, knows, all }
}

/** A moment as GitHub tells it. It is kept in marks, so it is nothing else. */
export const moment: Shape<string> = (value, at) => {
  const found = text(value, at)
  if (/^[0-9T:.Z+-]{10,40}$/.test(found)) return found
  throw fail('TAMPERED', 'expected a time', { at })
}

/** A login or slug, which is shown. */
export const handle: Shape<string> = (value, at) => {
  const found = text(value, at)
  if (/^[A-Za-z0-9_.[\]-]{1,100}$/.test(found)) return found
  throw fail('TAMPERED', 'expected a name', { at })
}
