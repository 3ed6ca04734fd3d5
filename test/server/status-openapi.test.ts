import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import type { Secrets } from '../../src/app/runtime/secrets.ts'
import { statusPath, statusReply } from '../../src/app/runtime/status-reply.ts'
import { codes } from '../../src/core/errors.ts'
import { loadedState } from '../support/loaded.ts'

/** docs/status.openapi.yaml against what is really answered. */
const path = resolve(import.meta.dirname, '..', '..', 'docs', 'status.openapi.yaml')
const api = parse(readFileSync(path, 'utf8'))
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': isTime } })
ajv.addSchema(api, 'api')

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)
}

const ready = loadedState({ API_KEY: 'v', LOCKSTEP_STATUS_TOKEN: 'token' }).secrets
const lacking = loadedState({ API_KEY: 'v' }, ['OTHER_KEY']).secrets
const nothing = loadedState(null, ['API_KEY']).secrets
const rows: readonly (readonly [Secrets, string, string | null])[] = [
  [ready, 'GET', null],
  [ready, 'GET', 'Bearer token'],
  [ready, 'GET', 'Bearer wrong'],
  [ready, 'DELETE', null],
  [lacking, 'GET', null],
  [nothing, 'GET', null],
]

test('every answer is one that the document describes, down to the last member', () => {
  const { responses } = api.paths[statusPath].get
  for (const [secrets, method, authorization] of rows) {
    const reply = statusReply(secrets, { method, authorization })
    const described = responses[String(reply.status)]
    assert.ok(described, `${reply.status} is not described`)
    const name = described.content['application/json'].schema.$ref.slice(1)
    const validate = ajv.getSchema(`api#${name}`)
    assert.ok(validate?.(JSON.parse(reply.body)), `${reply.status}: ${ajv.errorsText(validate?.errors)}`)
  }
})

test('the codes are those of the table', () => {
  assert.deepEqual([...api.components.schemas.Code.enum].sort(), Object.keys(codes).sort())
})
