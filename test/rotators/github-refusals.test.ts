import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { suite, test } from 'node:test'
import { refusedBy } from '../../src/rotators/github/refusals.ts'
import { refusal } from '../support/refusal.ts'

type Row = readonly [
  what: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  code: Parameters<typeof refusal>[0],
  said: RegExp,
]

const invalid = {
  message: 'canary',
  errors: [
    { resource: 'PublicKey', code: 'custom', field: 'key', message: 'canary' },
    { code: 'already_exists', field: 'Canary Of An Answer' },
  ],
}

const rows: readonly Row[] = [
  ['the first limit', 403, { 'x-ratelimit-remaining': '0' }, 'UNAVAILABLE', /too many requests.*try again later/],
  ['the second limit', 403, { 'retry-after': '60' }, 'UNAVAILABLE', /try again in 60 s/],
  ['a limit with a strange time', 429, { 'retry-after': 'canary' }, 'UNAVAILABLE', /try again later/],
  [
    'the second limit, in words alone',
    403,
    { words: 'You have exceeded a secondary rate limit.' },
    'UNAVAILABLE',
    /try again later/,
  ],
  ['out of order', 503, {}, 'UNAVAILABLE', /an error at GitHub \(503\)/],
  ['not logged in', 401, {}, 'DENIED', /the login is not accepted/],
  ['not allowed', 403, { 'x-ratelimit-remaining': '4999' }, 'DENIED', /docs\/rotators\.md lists what is needed/],
  [
    'not allowed, with what is missing',
    403,
    { 'x-accepted-github-permissions': 'secrets=write; contents=read' },
    'DENIED',
    /it needs the permission secrets=write; contents=read/,
  ],
  ['not allowed, in strange words', 403, { 'x-accepted-github-permissions': 'canary!' }, 'DENIED', /may not do this/],
  ['renamed', 301, { location: 'https://api.github.com/canary' }, 'CONFIG', /another name/],
  ['somebody else was faster', 409, {}, 'CONFLICT', /at the same time/],
  ['not valid', 422, {}, 'CONFIG', /not taken by GitHub \(422, key custom\)/],
]

suite('github: what an answer that is not good means', () => {
  for (const [what, status, headers, code, said] of rows) {
    test(what, async () => {
      const body = new TextEncoder().encode(
        JSON.stringify(status === 422 ? invalid : { message: headers['words'] ?? 'canary' }),
      )
      const error = await refusal(code, async () => Promise.reject(refusedBy({ status, headers, body }, 'acme/api')))
      assert.match(`${error.message} ${error.hint}`, said)
      assert.ok(!/canary/i.test(inspect(error, { depth: 10 })), 'tells an answer as it came')
    })
  }

  test('a body that is not JSON', async () => {
    const body = new TextEncoder().encode('<html>canary</html>')
    const reply = { status: 400, headers: {}, body }
    const error = await refusal('CONFIG', async () => Promise.reject(refusedBy(reply, 'acme/api')))
    assert.equal(error.message, 'acme/api: not taken by GitHub (400)')
  })
})
