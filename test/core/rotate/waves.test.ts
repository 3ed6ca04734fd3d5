import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wavesOf } from '../../../src/core/rotate/waves.ts'

const credential = (group: string, name: string): Parameters<typeof wavesOf>[0][number] => ({
  id: group,
  group,
  names: [name],
})
const db = credential('db', 'DB_PASSWORD')
const ops = credential('ops', 'ADMIN')
const mail = credential('mail', 'MAIL_KEY')

const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[]])[] = [
  ['nothing named', { db: { with: 'postgres', admin: 'OTHER' } }, []],
  ['an administrator', { db: { with: 'postgres', admin: 'ADMIN' } }, ['ops']],
  ['deeper in a setting', { db: { targets: [{ login: 'ADMIN' }] }, mail: { retries: 3, from: null } }, ['ops']],
  ['its own secret', { db: { private: 'DB_PASSWORD' } }, []],
  ['each the other', { db: { admin: 'ADMIN' }, ops: { admin: 'DB_PASSWORD' } }, ['db', 'ops']],
]

for (const [name, settings, expected] of cases) {
  test(`who is needed by another: ${name}`, () => {
    const { others, administrators } = wavesOf([db, ops, mail], (group) => settings[group])
    assert.deepEqual(
      administrators.map(({ id }) => id),
      expected,
    )
    assert.equal(others.length, 3 - expected.length)
  })
}
