import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { SqlServer } from '../../src/core/rotators/sql.ts'
import { Secret } from '../../src/core/secret.ts'
import { sql } from '../../src/io/sql.ts'
import { postgres } from '../../src/rotators/database/postgres.ts'
import { rotatorConformance } from '../conformance/rotator.ts'
import {
  admin,
  adminPassword,
  begun,
  databaseConformance,
  held,
  said,
  step,
  upstreamsAt,
  valuesOf,
  withSession,
  type DatabaseServer,
  type Users,
} from '../support/database-rotator.ts'
import { startPostgres } from '../support/postgres.ts'
import { refusal } from '../support/refusal.ts'

const server = await startPostgres()
after(() => server.stop())

server.query(`CREATE ROLE rotator LOGIN CREATEROLE PASSWORD '${adminPassword}'`)
server.query('GRANT pg_signal_backend TO rotator')
server.query('CREATE ROLE app_rights NOLOGIN')

const here = { host: '127.0.0.1', port: server.port, database: 'postgres', tls: 'disable' }

let count = 0
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The first may log in; both are in the same role. */
const newUsers = (suffix = ''): Users => {
  const number = (count += 1)
  const users = [`a${number}${suffix}`, `b${number}${suffix}`] as const
  const password = `canary-old-${number}`
  const [first, second] = users.map(quoted)
  server.query(`CREATE ROLE ${first} LOGIN PASSWORD '${password}' IN ROLE app_rights`)
  server.query(`CREATE ROLE ${second} NOLOGIN IN ROLE app_rights`)
  return { users, password }
}

const mayLogIn = (users: readonly string[]): number =>
  Number(
    server.query(
      `SELECT count(*) FROM pg_roles WHERE rolcanlogin AND rolname IN (${users.map((one) => `'${one}'`).join()})`,
    ),
  )

const isIn = (user: string, password: string): boolean => server.tryLogin({ user, password }) === ''

const database: DatabaseServer = {
  name: 'postgres',
  kind: postgres,
  port: server.port,
  here,
  newUsers: async () => newUsers(),
  lets: async (user, password) => isIn(user, password),
  mayLogIn: async (users) => mayLogIn(users),
  isChange: (sent) => sent.includes('ALTER ROLE'),
}
const upstreams = upstreamsAt(database)
const { open } = upstreams

databaseConformance(database, upstreams)

rotatorConformance('postgres, two users in an address alone', async () => {
  const { users, password } = newUsers()
  const { port, ...losing } = await upstreams.behindProxy()
  return {
    ...losing,
    // its server is the one in the address
    rotator: open({ ...admin, users, tls: 'disable' }, ['DATABASE_URL']),
    values: valuesOf({ DATABASE_URL: `postgresql://${users[0]}:${password}@127.0.0.1:${port}/postgres` }),
    secrets: valuesOf({ DB_ADMIN: adminPassword }),
    accepts: async (values) => {
      const { username, password: now } = new URL(said(values, 'DATABASE_URL'))
      return isIn(username, now)
    },
    count: async () => mayLogIn(users),
  }
})

const place: SqlServer = {
  kind: 'postgres',
  host: '127.0.0.1',
  port: server.port,
  database: 'postgres',
  tls: 'disable',
  ca: null,
}

suite('postgres', () => {
  test('a password is told from a role that may not log in', async () => {
    const [user] = newUsers().users
    const is = (password: string): Promise<boolean> =>
      sql.isPassword({ server: place, user, as: user, password: new Secret(password), signal: step.signal })
    const right = `canary-old-${count}`
    assert.deepEqual([await is(right), await is('canary-wrong')], [true, false])
    server.query(`ALTER ROLE ${quoted(user)} NOLOGIN`)
    assert.match((await refusal('DENIED', is(right))).message, /SQLSTATE 28000/)
  })

  test('the server never sees a password', async () => {
    const { users, password } = newUsers()
    const calm = held({ DB_USER: users[0], DB_PASSWORD: password })
    const taken = await begun(open({ ...here, ...admin, users }), calm)
    const own = newUsers()
    const alone = await begun(
      open({ ...here, user: own.users[0] }, ['DB_PASSWORD']),
      held({ DB_PASSWORD: own.password }),
    )
    const log = server.log()
    assert.match(log, new RegExp(`ALTER ROLE "${users[1]}" LOGIN PASSWORD 'SCRAM-SHA-256`))
    for (const { pending } of [taken, alone]) assert.ok(!log.includes(said(pending, 'DB_PASSWORD')))
  })

  test('names are quoted: those with quotes, backslashes, blanks and words of SQL in them', async () => {
    for (const suffix of [`"; DROP ROLE app_rights; --`, `' OR 'x`, `\\'x`, ' Ünïcode %@:/']) {
      const { users, password } = newUsers(suffix)
      const values = valuesOf({
        DATABASE_URL: `postgres://${encodeURIComponent(users[0])}:${password}@127.0.0.1:${server.port}/postgres`,
      })
      const rotator = open({ ...admin, users, tls: 'disable' }, ['DATABASE_URL'])
      await rotator.look({ ...step, values })
      const attempt = await begun(rotator, { ...step, values })
      await rotator.verify(attempt)
      assert.equal(server.tryLogin(said(attempt.pending, 'DATABASE_URL')), '')
      await rotator.retire({ ...attempt, isEmergency: true })
      assert.notEqual(server.tryLogin(said(values, 'DATABASE_URL')), '')
    }
    assert.equal(server.query(`SELECT count(*) FROM pg_roles WHERE rolname = 'app_rights'`), '1')
  })

  test('TLS: only for the name in a certificate of an authority that is trusted', async () => {
    const { users, password } = newUsers()
    const values = held({ DB_USER: users[0], DB_PASSWORD: password })
    const secure = { ...here, ...admin, users, tls: 'verify-full' }
    await open({ ...secure, host: 'localhost', ca: server.ca }).look(values)
    const unknown = await refusal('UNAVAILABLE', open({ ...secure, host: 'localhost' }).look(values))
    assert.match(unknown.message, /\((UNABLE_TO|SELF_SIGNED)/)
    assert.match(unknown.hint ?? '', /`ca`/)
    const other = await refusal('UNAVAILABLE', open({ ...secure, ca: server.ca }).look(values))
    assert.match(other.message, /ALTNAME/)
    const elsewhere = open({ ...here, ...admin, users, host: 'db.example.org' })
    await refusal('UNSAFE', elsewhere.look(values))
  })

  test('the plan names the next user, and what the idle one lacks with what to type', async () => {
    const lacks: readonly [(active: string, idle: string) => string, RegExp, RegExp][] = [
      [(_, idle) => `REVOKE app_rights FROM ${idle}`, /is not in every role/, /^GRANT "app_rights" TO "b\d+"$/],
      [(active) => `CREATE TABLE t${count} (); ALTER TABLE t${count} OWNER TO ${active}`, /objects or grants/, /GRANT/],
      [(active) => `ALTER ROLE ${active} SET work_mem = '8MB'`, /settings/, /SET/],
      [(active) => `ALTER ROLE ${active} CREATEDB`, /attributes/, /ALTER ROLE/],
    ]
    for (const [statement, message, hint] of lacks) {
      const { users, password } = newUsers()
      const rotator = open({ ...here, ...admin, users })
      const values = held({ DB_USER: users[0], DB_PASSWORD: password })
      assert.deepEqual(await rotator.look(values), { note: `next user ${users[1]}` })
      for (const one of statement(...users).split('; ')) server.query(one)
      const error = await refusal('CONFIG', rotator.look(values))
      assert.match(error.message, message)
      assert.match(error.hint ?? '', hint)
    }
  })

  test('a user that is not there, and an administrator that may not, are told in the plan', async () => {
    const { users, password } = newUsers()
    const values = held({ DB_USER: users[0], DB_PASSWORD: password })
    const lone = open({ ...here, ...admin, users: [users[0], 'nobody'] })
    assert.match((await refusal('CONFIG', lone.look(values))).hint ?? '', /^CREATE ROLE "nobody" NOLOGIN/)
    const asUser = open({ ...here, users, admin: 'DB_WEAK', admin_user: users[0] })
    await refusal('DENIED', asUser.look({ ...values, secret: () => new Secret(password) }))
    const without = await refusal('CONFIG', open({ ...here, ...admin, users }).look({ ...values, secret: () => null }))
    const wrongly = { ...values, secret: () => new Secret('canary-of-nobody') }
    const refused = await refusal('DENIED', open({ ...here, ...admin, users }).look(wrongly))
    assert.equal(refused.hint, 'is DB_ADMIN the password of rotator? lockstep set DB_ADMIN, then the same again')
    assert.match(without.hint ?? '', /^lockstep set DB_ADMIN --group /)
    const others = open({ ...here, ...admin, users: ['nobody', 'none'] })
    await refusal('CONFIG', others.look(values))
  })

  test('a user that was to be idle and is used is left alone', async () => {
    const { users, password } = newUsers()
    const [active, idle] = users
    server.query(`ALTER ROLE ${idle} LOGIN PASSWORD 'canary-of-somebody'`)
    const rotator = open({ ...here, ...admin, users })
    const values = held({ DB_USER: active, DB_PASSWORD: password })
    await withSession(place, { user: idle, password: 'canary-of-somebody' }, async () => {
      await refusal('CONFLICT', rotator.look(values))
      await refusal('CONFLICT', begun(rotator, values))
    })
    assert.ok(isIn(idle, 'canary-of-somebody'))
  })

  test('who is in stays until it leaves; in an emergency it is put out', async () => {
    for (const isEmergency of [false, true]) {
      const { users, password } = newUsers()
      const rotator = open({ ...here, ...admin, users })
      const attempt = await begun(rotator, { ...held({ DB_USER: users[0], DB_PASSWORD: password }), isEmergency })
      const isEnded = withSession(place, { user: users[0], password }, async (ask) => {
        await rotator.retire(attempt)
        await ask()
      })
      if (isEmergency) await refusal('UNAVAILABLE', isEnded)
      else await isEnded
    }
  })
})
