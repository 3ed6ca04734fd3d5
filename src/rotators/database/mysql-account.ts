import { fail } from '../../core/errors.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'
import { mysqlName as name, mysqlText as text } from '../../core/rotators/sql-quote.ts'

/** A user as the server has it: one name together with the places it may come from. */
export interface MysqlAccount {
  readonly host: string
  /** As it stands in statements: `'app'@'%'`. */
  readonly quoted: string
  /** What proves a login (`ed25519`); null where several ways are open, or more than one is needed. */
  readonly plugin: string | null
  readonly isLocked: boolean
  /** What is demanded of it or limited, as the server writes it: `REQUIRE SSL WITH MAX_USER_CONNECTIONS 3`. */
  readonly terms: string
}

const oneText = `'(?:[^']|'')*'`
const login = ` IDENTIFIED (?:BY PASSWORD ${oneText}|(?:VIA|WITH) '?(\\w+)'?(?: (?:USING|AS) (?:${oneText}|0x\\w+))?)`
const ways = `(?:OR|AND|USING|AS|IDENTIFIED|INITIAL) `

/** In the server's own words: newer ones first. */
const written = (user: string, host: string): readonly string[] =>
  [name, text].map((quoted) => `${quoted(user)}@${quoted(host)}`)

/** A line of SHOW GRANTS with `somebody` for who it is about, and without how that one logs in. */
export const grantTo = (somebody: string, line: string, user: string, host: string): string => {
  const [newer = '', older = ''] = written(user, host)
  return line
    .replace(line.includes(newer) ? newer : older, () => somebody)
    .replace(new RegExp(`${login}(?: (?:OR|AND) [^]*?(?= REQUIRE | WITH |$))?`), '')
}

/** @param line of SHOW CREATE USER. Null where it is not about this account. */
export const readAccount = (line: string, user: string, host: string): MysqlAccount | null => {
  const start = written(user, host).find((account) => `${line} `.startsWith(`CREATE USER ${account} `))
  if (start === undefined) return null
  const rest = line.slice(`CREATE USER ${start}`.length)
  const found = new RegExp(`^(?:${login})?(?<terms>(?: (?!${ways})[^]*)?)$`).exec(rest)
  return {
    host,
    quoted: `${text(user)}@${text(host)}`,
    plugin: found === null ? null : (found[1] ?? 'mysql_native_password'),
    isLocked: / ACCOUNT LOCK\b/.test(rest.replaceAll(new RegExp(oneText, 'g'), '')),
    terms: (found?.groups?.['terms'] ?? '')
      .replace(/ ACCOUNT (?:UN)?LOCK\b/, '')
      .replace(/ PASSWORD EXPIRE(?! (?:DEFAULT|NEVER|INTERVAL))/, '')
      .trim(),
  }
}

const firstOf = async (session: SqlSession, statement: string): Promise<string> =>
  (await session.rows(statement))[0]?.[0] ?? ''

/** @throws CONFIG where there is no such user, or several of one name; DENIED where it may not be looked at */
export const accountOf = async (session: SqlSession, user: string): Promise<MysqlAccount> => {
  const host = await hostOf(session, user)
  const line = await firstOf(session, `SHOW CREATE USER ${text(user)}@${text(host)}`)
  const account = readAccount(line, user, host)
  if (account !== null) return account
  throw fail('CONFIG', `what the server says of ${user} is not understood`, { hint: `SHOW CREATE USER ${text(user)}` })
}

/** The session's own account. */
export const ownAccount = async (session: SqlSession, user: string): Promise<MysqlAccount> => {
  const current = await firstOf(session, 'SELECT CURRENT_USER()')
  const host = current.startsWith(`${user}@`) ? current.slice(user.length + 1) : null
  const line = await firstOf(session, 'SHOW CREATE USER CURRENT_USER()')
  const account = host === null ? null : readAccount(line, user, host)
  if (account !== null) return account
  throw fail('CONFIG', `who logs in as ${user} is somebody else to the server`, { hint: 'SELECT CURRENT_USER()' })
}

const hostOf = async (session: SqlSession, user: string): Promise<string> => {
  // a role of MariaDB has none
  const rows = await session.rows(`SELECT Host FROM mysql.user WHERE User = ${text(user)} AND Host <> ''`)
  const [host, ...others] = rows.flatMap(([one]) => one ?? [])
  if (host === undefined) {
    throw fail('CONFIG', `there is no user ${user}`, {
      hint: `CREATE USER ${text(user)}@'%' … ACCOUNT LOCK; then GRANT what it needs`,
    })
  }
  if (others.length === 0) return host
  throw fail(
    'CONFIG',
    `there are ${others.length + 1} users called ${user}, and one of them would get a new password`,
    {
      hint: `SELECT Host FROM mysql.user WHERE User = ${text(user)}; keep one: DROP USER ${text(user)}@…`,
    },
  )
}
