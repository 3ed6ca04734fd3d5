import { fail } from '../../src/core/errors.ts'
import type { Sql, SqlLogin, SqlSession } from '../../src/core/rotators/sql.ts'
import { Secret } from '../../src/core/secret.ts'
import { cachingSha2Hash } from '../../src/crypto/mysql-hashes.ts'
import { sha256Crypt } from '../../src/crypto/sha256-crypt.ts'

/** One user of a MySQL 8 and an administrator, in memory: no such server can be installed where the tests run. What it does at each statement is
 *  what the manual says (https://dev.mysql.com/doc/refman/8.4/en/password-management.html#dual-passwords). */
export interface MysqlDual {
  readonly sql: Sql
  /** All statements but those that only look. */
  readonly changes: string[]
  readonly ended: string[]
  accepts(password: Secret): boolean
  version: string
  /** As after too many wrong tries: whoever comes as `app` is refused, whatever the password, and nothing that can be asked
   *  says so. */
  isBlocked: boolean
  /** From now on what changes something is done, and its answer is lost. */
  isDeaf: boolean
}

interface Account {
  first: string
  second: string | null
  isLocked: boolean
}

const hashed = /^\$A\$005\$([^$]{20})(.{43})$/

/** Digests take their time. */
const digests = new Map<string, string>()

const digestOf = (password: Secret, salt: string): string => {
  const key = `${salt} ${password.reveal()}`
  const digest = digests.get(key) ?? sha256Crypt(password.bytes(), Buffer.from(salt))
  digests.set(key, digest)
  return digest
}

const isOf = (hash: string | null, password: Secret): boolean => {
  const [, salt = '', digest] = hashed.exec(hash ?? '') ?? []
  return digest === digestOf(password, salt)
}

const alter =
  /^ALTER USER 'app'@'%' IDENTIFIED WITH caching_sha2_password AS '(\$A\$005\$[./0-9A-Za-z]{63})'( RETAIN CURRENT PASSWORD| ACCOUNT LOCK| ACCOUNT UNLOCK)?$/

/** @param hash of the password that `app` has at first. @param admin the password of `rotator` */
export const mysqlDual = (hash: string, admin: string): MysqlDual => {
  const app: Account = { first: hash, second: null, isLocked: false }
  const change = (statement: string, user: string): void => {
    const [, next, what] = alter.exec(statement) ?? []
    const own = /^ALTER USER CURRENT_USER\(\) IDENTIFIED BY '([^']+)'$/.exec(statement)?.[1]
    if (own !== undefined) app.first = cachingSha2Hash(new Secret(own), new Uint8Array(20))
    else if (user === 'app' && !statement.startsWith('KILL '))
      throw fail('DENIED', 'the server refuses a statement (error 1227)')
    else if (next !== undefined) {
      if (what === ' RETAIN CURRENT PASSWORD') app.second = app.first
      app.first = next
      if (what === ' ACCOUNT LOCK') app.isLocked = true
      if (what === ' ACCOUNT UNLOCK') app.isLocked = false
    } else if (statement === `ALTER USER 'app'@'%' DISCARD OLD PASSWORD`) app.second = null
    else if (/^KILL CONNECTION \d+$/.test(statement)) peer.ended.push(statement)
    else throw fail('CONFIG', 'the server refuses a statement (error 1064)')
    peer.changes.push(statement)
    if (peer.isDeaf) throw fail('UNAVAILABLE', 'the conversation failed (ECONNRESET)')
  }
  const answers: Readonly<Record<string, () => readonly (readonly (string | null)[])[]>> = {
    'SELECT VERSION()': () => [[peer.version]],
    'SELECT @@global.read_only': () => [['0']],
    'SHOW GRANTS': () => [['GRANT SELECT, PROCESS, CREATE USER ON *.* TO `rotator`@`%`']],
    [`SELECT Host FROM mysql.user WHERE User = 'app' AND Host <> ''`]: () => [['%']],
    'SHOW CREATE USER': () => [
      [
        `CREATE USER \`app\`@\`%\` IDENTIFIED WITH 'caching_sha2_password' AS '${app.first}' REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT ${app.isLocked ? 'LOCK' : 'UNLOCK'} PASSWORD HISTORY DEFAULT`,
      ],
    ],
    [`SELECT 1 FROM mysql.user WHERE User = 'app' AND JSON_CONTAINS_PATH(User_attributes, 'one', '$.additional_password')`]:
      () => (app.second === null ? [] : [['1']]),
    [`SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'app' AND ID <> CONNECTION_ID()`]: () => [['7']],
  }
  const isOneOf = (password: Secret): boolean => isOf(app.first, password) || isOf(app.second, password)
  const accepts = (password: Secret): boolean => !app.isLocked && !peer.isBlocked && isOneOf(password)
  const refused = (number: number): Error => fail('DENIED', `the server refuses the login (error ${number})`)
  /** Null: it is let in. */
  const refusalOf = ({ user, password }: Pick<SqlLogin, 'user' | 'password'>): number | null => {
    if (user !== 'app') return user === 'rotator' && password.reveal() === admin ? null : 1045
    if (peer.isBlocked) return 3955
    if (!isOneOf(password)) return 1045
    return app.isLocked ? 3118 : null
  }
  const sessionOf = (user: string): SqlSession => ({
    rows: async (statement) => {
      if (statement === 'SELECT CURRENT_USER()') return [[`${user}@%`]]
      const isOwn = user === 'app'
      const about = isOwn ? ' CURRENT_USER()' : ` 'app'@'%'`
      const answer = answers[statement.endsWith(about) ? statement.slice(0, -about.length) : statement]
      if (answer !== undefined && !(isOwn && /mysql\.user|SHOW GRANTS/.test(statement))) return answer()
      change(statement, user)
      return []
    },
  })
  const peer: MysqlDual = {
    sql: {
      session: async (login, work) => {
        const number = refusalOf(login)
        if (number !== null) throw refused(number)
        return work(sessionOf(login.user))
      },
      isPassword: async (login) => {
        const number = refusalOf(login)
        if (number !== null && number !== 1045) throw refused(number)
        return number === null
      },
    },
    changes: [],
    ended: [],
    accepts,
    version: '8.4.3',
    isBlocked: false,
    isDeaf: false,
  }
  return peer
}
