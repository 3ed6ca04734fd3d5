import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail } from '../../src/core/errors.ts'
import type { Attempt, Values } from '../../src/core/rotate/rotator.ts'
import type { Sql } from '../../src/core/rotate/sql.ts'
import { Secret } from '../../src/core/secret.ts'
import { postgres } from '../../src/rotators/database/postgres.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

const settings = { users: ['app_a', 'app_b'], host: 'db.example.org', admin: 'DB_ADMIN', admin_user: 'rotator' }

const valuesOf = (user: string, password: string): Values =>
  new Map([
    ['DB_USER', new Secret(user)],
    ['DB_PASSWORD', new Secret(password)],
  ])

test('of two users the one in force is shut only while the other one gets in', async () => {
  const statements: string[] = []
  const lockedOut = new Set<string>()
  const sql: Sql = {
    session: async ({ user }, work) => {
      if (lockedOut.has(user)) throw fail('DENIED', 'refused')
      return work({
        rows: async (statement) => {
          statements.push(statement)
          return []
        },
      })
    },
  }
  const credential = credentialOf({ group: 'db', names: ['DB_USER', 'DB_PASSWORD'] }, { with: 'postgres', ...settings })
  const rotator = postgres.open(credential, rotatorPorts({ sql }))
  const attempt: Attempt = {
    secret: () => new Secret('canary-admin'),
    signal: new AbortController().signal,
    isEmergency: false,
    former: valuesOf('app_a', 'canary-old'),
    pending: valuesOf('app_b', 'canary-new'),
    marks: { user: 'app_b' },
  }

  lockedOut.add('app_b')
  await refusal('DENIED', rotator.retire(attempt))
  assert.deepEqual(statements, [])
  lockedOut.clear()
  await rotator.retire(attempt)
  assert.match(statements.join(), /ALTER ROLE "?app_a"? NOLOGIN/)
})
