import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail } from '../../src/core/errors.ts'
import type { Attempt, Rotator, Values } from '../../src/core/rotate/rotator.ts'
import type { Sql } from '../../src/core/rotators/sql.ts'
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

const attempt: Attempt = {
  secret: () => new Secret('canary-admin'),
  signal: new AbortController().signal,
  isEmergency: false,
  former: valuesOf('app_a', 'canary-old'),
  pending: valuesOf('app_b', 'canary-new'),
  marks: { user: 'app_b' },
}

const open = (sql: Sql): Rotator => {
  const credential = credentialOf({ group: 'db', names: ['DB_USER', 'DB_PASSWORD'] }, { with: 'postgres', ...settings })
  return postgres.open(credential, rotatorPorts({ sql }))
}

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
    isPassword: async () => assert.fail('not asked'),
  }
  const rotator = open(sql)

  lockedOut.add('app_b')
  await refusal('DENIED', rotator.retire(attempt))
  assert.deepEqual(statements, [])
  lockedOut.clear()
  await rotator.retire(attempt)
  assert.match(statements.join(), /ALTER ROLE "?app_a"? NOLOGIN/)
})

test('a new user in use is taken back where the password is ours, and left alone only where the server says it is not', async () => {
  const sqlWhere = (isPassword: Sql['isPassword'], statements: string[]): Sql => ({
    session: (_, work) =>
      work({
        rows: async (statement) => {
          if (statement.startsWith('SELECT 1 FROM pg_roles')) return [['1']]
          statements.push(statement)
          return []
        },
      }),
    isPassword,
  })
  const rows: readonly (readonly [Sql['isPassword'], RegExp])[] = [
    [async () => true, /^ALTER ROLE "?app_b"? NOLOGIN/],
    [async () => false, /^$/],
  ]
  for (const [isPassword, done] of rows) {
    const statements: string[] = []
    await open(sqlWhere(isPassword, statements)).withdraw(attempt)
    assert.match(statements.join(), done)
  }
  const locked = sqlWhere(() => Promise.reject(fail('DENIED', 'it is not let in from here')), [])
  await refusal('DENIED', open(locked).withdraw(attempt))
})
