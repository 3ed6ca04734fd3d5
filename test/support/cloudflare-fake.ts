import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { TokenCreateResponse, TokenVerifyResponse } from 'cloudflare/resources/user/tokens/tokens'

/** Cloudflare's own words for a token. Conditions stand under `request.ip` on the wire, as its OpenAPI has them. */
type Made = Omit<TokenCreateResponse, 'condition' | 'id' | 'value'> & { id: string; value: string; condition?: unknown }

/** API tokens of one user and of accounts, as https://developers.cloudflare.com/api describes them: there is no real
 *  one to be had. The official client is its judge (test/rotators/cloudflare.test.ts). */
export interface CloudflareFake {
  /** Without a slash at its end. */
  readonly url: string
  /** Where null is the user. Gives the token's value. */
  add(account: string | null, over?: Partial<Made>): string
  /** Who holds this value, if anybody. */
  holder(value: string): Made | undefined
  of(account: string | null): readonly Made[]
  /** From now on made tokens lack their condition. */
  forgetConditions(isSo: boolean): void
  close(): void
}

export const rights = {
  dns: { id: '4755a26eedb94da69e1066d98aa820be', name: 'DNS Write' },
  tokens: { id: 'b2d9a1f1c6bd4f0c8a4f8d4b3a1f5e3a', name: 'API Tokens Write' },
}

export const policyOf = (
  ...groups: { readonly id: string; readonly name: string }[]
): NonNullable<Made['policies']>[0] => ({
  id: hex(),
  effect: 'allow',
  resources: { [`com.cloudflare.api.account.${'a'.repeat(32)}`]: '*' },
  permission_groups: groups,
})

const hex = (): string => randomBytes(16).toString('hex')
const newValue = (): string => randomBytes(30).toString('base64url')
const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`

export const cloudflareFake = async (): Promise<CloudflareFake> => {
  const places = new Map<string, Map<string, Made>>()
  const at = (place: string): Map<string, Made> => {
    const found = places.get(place) ?? new Map<string, Made>()
    places.set(place, found)
    return found
  }
  let forgets = false
  const all = (): Made[] => [...places.values()].flatMap((place) => [...place.values()])
  const make = (place: string, over: Partial<Made>): Made => {
    const made = { id: hex(), name: 'dns', status: 'active', issued_on: now(), modified_on: now(), ...over } as const
    const whole: Made = { policies: [policyOf(rights.dns)], value: newValue(), ...made }
    at(place).set(whole.id, whole)
    return whole
  }
  const reply = async (asked: IncomingMessage): Promise<[number, unknown]> => {
    const bearer = /^Bearer ([\w-]+)$/.exec(asked.headers.authorization ?? '')?.[1] ?? ''
    if (!/^[\w-]{40}$/.test(bearer)) return [400, 6003]
    const url = new URL(asked.url ?? '', 'http://fake')
    const route = /^(\/user|\/accounts\/[0-9a-f]{32})\/tokens(?:\/([0-9a-z]+))?(\/value)?$/.exec(url.pathname)
    if (route === null) return [404, 7000]
    const [, where = '', id, ofValue] = route
    const place = at(where)
    const who = [...place.values()].find(({ value }) => value === bearer)
    if (who === undefined || who.status !== 'active') return [401, 1000]
    who.last_used_on = now()
    const method = `${asked.method} ${id === undefined ? '' : '/id'}${ofValue ?? ''}`
    if (method === 'GET /id' && id === 'verify') {
      return [200, { id: who.id, status: 'active' } satisfies TokenVerifyResponse]
    }
    if (
      who.policies?.some(({ permission_groups: [...groups] }) => groups.some((one) => one.id === rights.tokens.id)) !==
      true
    ) {
      return [403, 9109]
    }
    const body = await bodyOf(asked)
    if (method === 'GET ') return [200, pageOf([...place.values()], url.searchParams)]
    if (method === 'POST ') {
      if (!isWellFormed(body)) return [400, 1001]
      const { condition, ...rest } = body
      const policies = (body.policies ?? []).map((one) => ({ ...one, id: hex() }))
      return [
        200,
        { ...make(where, { ...rest, ...(forgets || condition === undefined ? {} : { condition }), policies }) },
      ]
    }
    const one = place.get(id ?? '')
    if (one === undefined) return [404, 1003]
    if (method === 'GET /id') return [200, shown(one)]
    if (method === 'PUT /id/value') return [200, (one.value = newValue())]
    if (method !== 'DELETE /id') return [405, 10405]
    place.delete(one.id)
    return [200, { id: one.id }]
  }
  const server = createServer((asked, answer) => {
    void reply(asked).then(([status, what]) => {
      const isError = typeof what === 'number'
      const paged = Array.isArray(what) ? { result_info: { page: 1, per_page: what.length, count: what.length } } : {}
      const errors = isError ? [{ code: what, message: 'canary-of-an-answer' }] : []
      const envelope = { success: !isError, errors, messages: [], result: isError ? null : what, ...paged }
      answer
        .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
        .end(JSON.stringify(envelope))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const placeOf = (account: string | null): string => (account === null ? '/user' : `/accounts/${account}`)
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? present(address).port : 0}`,
    add: (account, over = {}) => make(placeOf(account), over).value,
    holder: (value) => all().find((one) => one.value === value && one.status === 'active'),
    of: (account) => [...at(placeOf(account)).values()],
    forgetConditions: (isSo) => void (forgets = isSo),
    close: () => void server.close(),
  }
}

const shown = (made: Made): object => Object.fromEntries(Object.entries(made).filter(([key]) => key !== 'value'))

const pageOf = (all: readonly Made[], query: URLSearchParams): unknown[] => {
  const [page, size] = [Number(query.get('page') ?? 1), Math.min(Number(query.get('per_page') ?? 20), 50)]
  return all.slice((page - 1) * size, page * size).map(shown)
}

const known = ['name', 'policies', 'condition', 'expires_on', 'not_before']

const isWellFormed = (body: Partial<Made> | null): body is Partial<Made> =>
  body !== null &&
  Object.keys(body).every((key) => known.includes(key)) &&
  typeof body.name === 'string' &&
  body.name.length <= 120 &&
  Array.isArray(body.policies) &&
  body.policies.length > 0 &&
  body.policies.every((one) => !('id' in one)) &&
  (body.expires_on === undefined || Date.parse(body.expires_on) > Date.now())

const bodyOf = async (asked: IncomingMessage): Promise<Partial<Made> | null> => {
  const parts: Buffer[] = []
  for await (const part of asked) parts.push(part)
  if (parts.length === 0 || asked.headers['content-type'] !== 'application/json') return null
  return JSON.parse(Buffer.concat(parts).toString())
}

/** What a test relies on. */
export const present = <T>(value: T | null | undefined): T => value ?? assert.fail('is missing')
