import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { after, suite, test } from 'node:test'
import type { Attempt } from '../../src/core/rotate/rotator.ts'
import type { SqlServer } from '../../src/core/rotators/sql.ts'
import { Secret } from '../../src/core/secret.ts'
import { sql } from '../../src/io/sql.ts'
import { mysql } from '../../src/rotators/database/mysql.ts'
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
import { startMariaDb } from '../support/mariadb.ts'
import { refusal } from '../support/refusal.ts'

const server = await startMariaDb()
after(() => server.stop())

await server.query(`CREATE USER rotator IDENTIFIED BY '${adminPassword}'`)
await server.query('GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO rotator; GRANT SELECT ON mysql.* TO rotator')
await server.query('CREATE ROLE app_rights; CREATE DATABASE app; GRANT ALL ON app.* TO app_rights')

const here = { host: '127.0.0.1', port: server.port, tls: 'disable' }

type Plugin = 'mysql_native_password' | 'ed25519'
let count = 0
const quoted = (name: string): string => `'${name.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

/** The first may log in; both have the same role. */
const newUsers = async (suffix = '', plugin: Plugin = 'mysql_native_password'): Promise<Users> => {
  const number = (count += 1)
  const users = [`a${number}${suffix}`, `b${number}${suffix}`] as const
  const password = `canary-old-${number}`
  const [first = '', second = ''] = users.map(quoted)
  const by = `IDENTIFIED VIA ${plugin} USING PASSWORD`
  await server.query(
    `CREATE USER ${first} ${by}('${password}'); CREATE USER ${second} ${by}('canary-of-an-idle') ACCOUNT LOCK;
     GRANT app_rights TO ${first}, ${second}; SET DEFAULT ROLE app_rights FOR ${first}; SET DEFAULT ROLE app_rights FOR ${second}`,
  )
  return { users, password }
}

const mayLogIn = async (users: readonly string[]): Promise<number> =>
  Number(
    await server.query(
      `SELECT COUNT(*) FROM mysql.global_priv WHERE COALESCE(JSON_VALUE(Priv, '$.account_locked'), '0') NOT IN ('1', 'true') AND User IN (${users.map(quoted).join()})`,
    ),
  )

const isIn = (user: string, password: string): Promise<boolean> => server.lets({ user, password })

const isClientIn = (address: string): boolean => {
  const { username, password } = new URL(address)
  return server.letsClient({ user: decodeURIComponent(username), password: decodeURIComponent(password) })
}

const database: DatabaseServer = {
  name: 'mysql',
  kind: mysql,
  port: server.port,
  here,
  newUsers,
  lets: isIn,
  mayLogIn,
  isChange: (sent) => /ALTER USER|SET PASSWORD/.test(sent),
}
const upstreams = upstreamsAt(database)
const { open } = upstreams

databaseConformance(database, upstreams)

rotatorConformance('mysql, two users with ed25519 in an address alone', async () => {
  const { users, password } = await newUsers('', 'ed25519')
  const { port, ...losing } = await upstreams.behindProxy()
  return {
    ...losing,
    // its server is the one in the address
    rotator: open({ ...admin, users, tls: 'disable' }, ['DATABASE_URL']),
    values: valuesOf({ DATABASE_URL: `mysql://${users[0]}:${password}@127.0.0.1:${port}/app` }),
    secrets: valuesOf({ DB_ADMIN: adminPassword }),
    accepts: async (values) => isClientIn(said(values, 'DATABASE_URL')),
    count: () => mayLogIn(users),
  }
})

const place: SqlServer = {
  kind: 'mysql',
  host: '127.0.0.1',
  port: server.port,
  database: null,
  tls: 'disable',
  ca: null,
}

suite('mysql', () => {
  test('the server never sees a password', async () => {
    const attempts: Attempt[] = []
    for (const plugin of ['mysql_native_password', 'ed25519'] as const) {
      const { users, password } = await newUsers('', plugin)
      const rotator = open({ ...here, ...admin, users })
      const taken = await begun(rotator, held({ DB_USER: users[0], DB_PASSWORD: password }))
      await rotator.retire(taken)
      assert.match(server.log(), new RegExp(`ALTER USER '${users[1]}'@'%' IDENTIFIED VIA ${plugin} USING `))
      const own = await newUsers('', plugin)
      const alone = open({ ...here, user: own.users[0] }, ['DB_PASSWORD'])
      const changed = await begun(alone, held({ DB_PASSWORD: own.password }))
      for (const [user, { pending }] of [[users[1], taken] as const, [own.users[0], changed] as const])
        assert.ok(server.letsClient({ user, password: said(pending, 'DB_PASSWORD') }), `${user} with ${plugin}`)
      attempts.push(taken, changed)
    }
    const log = server.log()
    for (const { pending } of attempts) assert.ok(!log.includes(said(pending, 'DB_PASSWORD')))
  })

  test('names are quoted: those with quotes, backslashes, blanks and words of SQL in them', async () => {
    for (const suffix of [`'; DROP ROLE app_rights; -- `, `"x`, `\\'x`, ' `@`% ACCOUNT LOCK', ' Ünïcode %@:/']) {
      const { users, password } = await newUsers(suffix)
      const values = valuesOf({
        DATABASE_URL: `mariadb://${encodeURIComponent(users[0])}:${password}@127.0.0.1:${server.port}/app`,
      })
      const rotator = open({ ...admin, users, tls: 'disable' }, ['DATABASE_URL'])
      await rotator.look({ ...step, values })
      const attempt = await begun(rotator, { ...step, values })
      await rotator.verify(attempt)
      assert.ok(isClientIn(said(attempt.pending, 'DATABASE_URL')))
      await rotator.retire({ ...attempt, isEmergency: true })
      assert.ok(!isClientIn(said(values, 'DATABASE_URL')))
    }
    assert.equal(await server.query(`SELECT count(*) FROM mysql.user WHERE User = 'app_rights'`), '1')
  })

  test('TLS: only for the name in a certificate of an authority that is trusted', async () => {
    const { users, password } = await newUsers()
    const values = held({ DB_USER: users[0], DB_PASSWORD: password })
    const secure = { ...here, ...admin, users, tls: 'verify-full' }
    await open({ ...secure, host: 'localhost', ca: server.ca }).look(values)
    const unknown = await refusal('UNAVAILABLE', open({ ...secure, host: 'localhost' }).look(values))
    assert.match(unknown.hint ?? '', /`ca`/)
    // an address is not the name `localhost`
    await refusal('UNAVAILABLE', open({ ...secure, ca: server.ca }).look(values))
    await refusal('UNSAFE', open({ ...here, ...admin, users, host: 'db.example.org' }).look(values))
    const ca = await server.certify('localhost,IP:127.0.0.1')
    await open({ ...secure, ca }).look(values)
    await refusal('UNAVAILABLE', open({ ...secure, ca: server.ca }).look(values))
  })

  test('somebody between who says that there is no TLS learns nothing', async () => {
    const { users, password } = await newUsers()
    const heard: Buffer[] = []
    const between = createServer((client) => {
      const upstream = connect(server.port, '127.0.0.1')
      // CLIENT_SSL, in the lower half of the flags: after the version, its end, the id, eight bytes and a zero
      upstream.once('data', (greeting) => {
        const flags = greeting.indexOf(0, 5) + 1 + 4 + 8 + 1
        greeting.writeUInt16LE(greeting.readUInt16LE(flags) & ~0x0800, flags)
        client.write(greeting)
      })
      client.on('data', (part) => heard.push(part))
      for (const socket of [client, upstream]) socket.on('error', () => {})
      client.on('close', () => upstream.destroy())
    }).listen(0, '127.0.0.1')
    await once(between, 'listening')
    const address = between.address()
    const port = address !== null && typeof address === 'object' ? address.port : assert.fail('no port')
    const rotator = open({ ...here, ...admin, users, host: 'localhost', port, tls: 'verify-full' })
    await refusal('UNSAFE', rotator.look(held({ DB_USER: users[0], DB_PASSWORD: password })))
    between.close()
    assert.equal(Buffer.concat(heard).length, 0)
  })

  test('by the socket on this machine', async () => {
    const { users, password } = await newUsers()
    const rotator = open({ ...admin, users, host: server.socket, tls: 'disable' })
    const attempt = await begun(rotator, held({ DB_USER: users[0], DB_PASSWORD: password }))
    assert.ok(await isIn(users[1], said(attempt.pending, 'DB_PASSWORD')))
  })

  test('the plan names the next user and the server, and what the idle one lacks with what to type', async () => {
    const lacks: readonly [(active: string, idle: string) => string, RegExp, RegExp][] = [
      [(_, idle) => `REVOKE app_rights FROM ${idle}`, /has grants that/, /^GRANT `app_rights` TO 'b\d+'@'%'$/],
      [(active) => `GRANT SELECT ON app.* TO ${active}`, /has grants/, /^GRANT SELECT ON `app`\.\* TO 'b\d+'@'%'$/],
      [
        (active) => `CREATE DATABASE \`x ${count}\`; GRANT SELECT ON \`x ${count}\`.* TO ${active} WITH GRANT OPTION`,
        /has grants/,
        /^GRANT SELECT ON `x \d+`\.\* TO 'b\d+'@'%' WITH GRANT OPTION$/,
      ],
      [
        (active) => `CREATE DATABASE \`ü${count}\`; GRANT SELECT ON \`ü${count}\`.* TO ${active}`,
        /has grants/,
        /^SHOW GRANTS compares/,
      ],
      [
        (_, idle) => `SET DEFAULT ROLE NONE FOR ${idle}`,
        /has grants/,
        /^SET DEFAULT ROLE `app_rights` FOR 'b\d+'@'%'$/,
      ],
      [(active) => `ALTER USER ${active} WITH MAX_USER_CONNECTIONS 3`, /differ in what/, /ALTER USER/],
      [(active) => `ALTER USER ${active} REQUIRE SSL`, /differ in what/, /ALTER USER/],
      [(active) => `RENAME USER ${active} TO ${active}@'127.%'`, /same places/, /RENAME USER/],
      [
        (_, idle) => `ALTER USER ${idle} IDENTIFIED VIA unix_socket`,
        /not log in by one password/,
        /^ALTER USER 'b\d+'@'%' IDENTIFIED VIA/,
      ],
      [
        (_, idle) => `ALTER USER ${idle} IDENTIFIED VIA ed25519 USING PASSWORD('x') OR unix_socket`,
        /not log in by one/,
        /ed25519/,
      ],
      [(_, idle) => `CREATE USER ${idle}@localhost`, /there are 2 users called b\d+/, /DROP USER 'b\d+'@…/],
      [(_, idle) => `DROP USER ${idle}`, /there is no user b\d+/, /^CREATE USER 'b\d+'@'%' … ACCOUNT LOCK/],
    ]
    for (const [statement, message, hint] of lacks) {
      const { users, password } = await newUsers()
      const rotator = open({ ...here, ...admin, users })
      const values = held({ DB_USER: users[0], DB_PASSWORD: password })
      assert.match((await rotator.look(values)).note ?? '', new RegExp(`^next user ${users[1]}; MariaDB \\d+\\.\\d+$`))
      await server.query(statement(...users))
      const error = await refusal('CONFIG', rotator.look(values))
      assert.match(error.message, message)
      assert.match(error.hint ?? '', hint)
    }
  })

  test('a plugin that refuses hashes, and a server that is read-only, are told in the plan', async () => {
    const { users, password } = await newUsers()
    const look = (): Promise<unknown> =>
      open({ ...here, ...admin, users }).look(held({ DB_USER: users[0], DB_PASSWORD: password }))
    await server.query(`INSTALL SONAME 'simple_password_check'`)
    assert.match((await refusal('CONFIG', look())).hint ?? '', /strict_password_validation = OFF/)
    await server.query(`UNINSTALL SONAME 'simple_password_check'; SET GLOBAL read_only = 1`)
    assert.match((await refusal('CONFIG', look())).hint ?? '', /primary/)
    await server.query('SET GLOBAL read_only = 0')
    await look()
  })

  test('an administrator that may not is told in the plan', async () => {
    const { users, password } = await newUsers()
    const values = held({ DB_USER: users[0], DB_PASSWORD: password })
    const asUser = open({ ...here, users, admin: 'DB_WEAK', admin_user: users[0] })
    const weak = await refusal('DENIED', asUser.look({ ...values, secret: () => new Secret(password) }))
    assert.match(weak.message, /lacks CREATE USER ON \*\.\* and PROCESS ON \*\.\* and SELECT ON mysql\.\*/)
    const without = await refusal('CONFIG', open({ ...here, ...admin, users }).look({ ...values, secret: () => null }))
    const wrongly = { ...values, secret: () => new Secret('canary-of-nobody') }
    const refused = await refusal('DENIED', open({ ...here, ...admin, users }).look(wrongly))
    assert.equal(refused.hint, 'is DB_ADMIN the password of rotator? lockstep set DB_ADMIN, then the same again')
    assert.match(without.hint ?? '', /^lockstep set DB_ADMIN --group /)
    await refusal('CONFIG', open({ ...here, ...admin, users: ['nobody', 'none'] }).look(values))
    const dual = open({ ...here, ...admin, user: users[0], dual: true }, ['DB_PASSWORD'])
    assert.match((await refusal('CONFIG', dual.look(values))).message, /^dual: MariaDB \d+\.\d+ has no second password/)
  })

  test('a password is told from an account that is locked', async () => {
    const [user] = (await newUsers()).users
    const is = (password: string): Promise<boolean> =>
      sql.isPassword({ server: place, user, as: user, password: new Secret(password), signal: step.signal })
    const right = `canary-old-${count}`
    assert.deepEqual([await is(right), await is('canary-wrong')], [true, false])
    await server.query(`ALTER USER ${user} ACCOUNT LOCK`)
    assert.match((await refusal('DENIED', is(right))).message, /error 4151/)
    assert.equal(await is('canary-wrong'), false)
  })

  test('a user that was to be idle and is used is left alone', async () => {
    const { users, password } = await newUsers()
    const [active, idle] = users
    await server.query(`ALTER USER ${idle} IDENTIFIED BY 'canary-of-somebody' ACCOUNT UNLOCK`)
    const rotator = open({ ...here, ...admin, users })
    const values = held({ DB_USER: active, DB_PASSWORD: password })
    await withSession(place, { user: idle, password: 'canary-of-somebody' }, async () => {
      await refusal('CONFLICT', rotator.look(values))
      await refusal('CONFLICT', begun(rotator, values))
    })
    assert.ok(await isIn(idle, 'canary-of-somebody'))
  })

  test('who is in stays until it leaves; in an emergency it is put out', async () => {
    for (const isEmergency of [false, true]) {
      const { users, password } = await newUsers()
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
