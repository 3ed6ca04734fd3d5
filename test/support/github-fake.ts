import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { resolve } from 'node:path'
import type { Clock } from '../../src/core/ports.ts'
import { githubHandlers } from './github-fake-calls.ts'
import { githubWho, isApp, type Account, type App } from './github-fake-logins.ts'
import { openApiJudge } from './openapi-judge.ts'

/** A secret that GitHub keeps, opened. */
export interface StoredSecret {
  value: string
  created_at: string
  updated_at: string
  visibility?: string
  selected?: readonly number[]
}

export interface StoredKey {
  readonly id: number
  readonly title: string
  readonly key: string
  readonly read_only: boolean
  verified: boolean
  enabled: boolean
}

/** What a call is about. */
export interface Call {
  readonly params: Readonly<Record<string, string>>
  /** `/repos/acme/api/actions/secrets` */
  readonly place: string
  readonly query: URLSearchParams
  readonly body: Partial<Sent>
  readonly who: Account | App | null
}

interface Sent {
  readonly encrypted_value: string
  readonly key_id: string
  readonly visibility: string
  readonly selected_repository_ids: readonly number[]
  readonly title: string
  readonly key: string
  readonly read_only: boolean
  readonly permissions: Readonly<Record<string, string>>
  readonly repositories: readonly string[]
  readonly credentials: readonly string[]
}

export interface Answer {
  readonly status: number
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** What GitHub keeps. */
export interface State {
  readonly clock: Clock
  readonly accounts: Map<string, Account>
  readonly apps: App[]
  secrets(place: string): Map<string, StoredSecret>
  keys(repository: string): StoredKey[]
}

/** The calls of GitHub's REST API that rotators make, for owner `acme`: there is no real one to be had. GitHub's own
 *  description (test/vectors/github) holds every request and every answer to its schemas, and the official client judges
 *  what they mean (test/rotators/github-fake.test.ts). */
export interface GithubFake extends State {
  /** Without a slash at its end. */
  readonly url: string
  /** What GitHub's description has against requests or answers. */
  readonly complaints: readonly string[]
  /** Gives a token. */
  login(account: Account): string
  isAlive(token: string): boolean
  close(): void
}

const description = resolve(import.meta.dirname, '..', 'vectors', 'github', 'openapi.json')

export const githubFake = async (clock: Clock): Promise<GithubFake> => {
  const judge = openApiJudge(description)
  const complaints: string[] = []
  const state = newState(clock)
  const who = githubWho(state)
  const handlers = await githubHandlers(state, judge.sample)

  const reply = async (asked: IncomingMessage): Promise<Answer> => {
    const { pathname, searchParams: query } = new URL(asked.url ?? '', 'http://fake')
    const operation = judge.find(asked.method ?? '', pathname)
    if (operation === null) return { status: 404 }
    const source = await textOf(asked)
    const sent: Call['body'] | undefined = source === '' ? undefined : JSON.parse(source)
    judge.request(operation, sent)
    if (asked.headers['user-agent'] === undefined) return { status: 403 }
    const caller = who(asked.headers.authorization)
    if (caller === 'unknown') return { status: 401 }
    if (caller !== null && !isApp(caller) && caller.isSuspended === true) return { status: 403 }
    const { method, template, params } = operation
    const handler = handlers[`${method} ${template.replace(/^.*(?=\/secrets)/, '*')}`]
    const place = decodeURIComponent(pathname.replace(/(?<=\/secrets)\/.*$/, ''))
    assert.ok(handler, `nobody answers ${method} ${template}`)
    const answer = handler({ params, place, query, body: sent ?? {}, who: caller })
    if (answer.status < 300) judge.response(operation, answer.status, answer.body)
    return answer
  }
  const server = createServer((asked, answer) => {
    const send = ({ status, body, headers }: Answer): void => {
      const error = { message: 'canary-of-an-answer', documentation_url: 'https://docs.github.com/rest' }
      const content = status >= 400 ? { ...error, ...body } : body
      const date = new Date(clock.now()).toUTCString()
      answer.writeHead(status, { 'content-type': 'application/json', connection: 'close', date, ...headers })
      answer.end(content === undefined ? undefined : JSON.stringify(content))
    }
    reply(asked).then(send, (error: unknown) => {
      complaints.push(String(error))
      send({ status: 500 })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    ...state,
    url: `http://127.0.0.1:${address.port}`,
    complaints,
    login: (account) => {
      const token = `github_pat_${crypto.randomUUID().replaceAll('-', '')}`
      state.accounts.set(token, account)
      return token
    },
    isAlive: (token) => who(`Bearer ${token}`) !== 'unknown',
    close: () => void server.close(),
  }
}

const newState = (clock: Clock): State => {
  const secrets = new Map<string, Map<string, StoredSecret>>()
  const keys = new Map<string, StoredKey[]>()
  return {
    clock,
    accounts: new Map(),
    apps: [],
    secrets: (place) => secrets.get(place) ?? added(secrets, place, new Map()),
    keys: (repository) => keys.get(repository) ?? added(keys, repository, []),
  }
}

const added = <T>(all: Map<string, T>, name: string, one: T): T => {
  all.set(name, one)
  return one
}

const textOf = async (asked: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of asked) parts.push(part)
  return Buffer.concat(parts).toString()
}
