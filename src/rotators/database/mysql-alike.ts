import { fail } from '../../core/errors.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'
import { grantTo, type MysqlAccount } from './mysql-account.ts'

/** Grants are not copied: what the idle user lacks a person gives it.
 *  @throws CONFIG where the idle user could not do what the active one does */
export const checkAlike = async (
  session: SqlSession,
  [active, activeAccount]: readonly [string, MysqlAccount],
  [idle, idleAccount]: readonly [string, MysqlAccount],
): Promise<void> => {
  if (activeAccount.host !== idleAccount.host) {
    throw fail('CONFIG', `${active} and ${idle} may not log in from the same places`, {
      hint: 'SELECT User, Host FROM mysql.user; then RENAME USER',
    })
  }
  if (activeAccount.terms !== idleAccount.terms) {
    throw fail('CONFIG', `${active} and ${idle} differ in what is demanded of them or limited`, {
      hint: `SHOW CREATE USER compares them; ALTER USER ${idleAccount.quoted} …`,
    })
  }
  const held = await grantsOf(session, idle, idleAccount)
  const [missing] = (await grantsOf(session, active, activeAccount)).filter((line) => !held.includes(line))
  if (missing === undefined) return
  throw fail('CONFIG', `${active} has grants that ${idle} has not`, {
    hint: plain.test(missing)
      ? missing.replace(somebody, idleAccount.quoted)
      : `SHOW GRANTS compares them; GRANT … TO ${idleAccount.quoted}`,
  })
}

const somebody = '‹user›'

/** Names of the usual letters only: the server's words are not said as they come. */
const plain = /^(?:GRANT|SET DEFAULT ROLE) [A-Z_, `\w.*@%-]{1,200} (?:TO|FOR) ‹user›(?: WITH (?:GRANT|ADMIN) OPTION)?$/

/** Lines that say the same of two users are the same. */
const grantsOf = async (session: SqlSession, user: string, account: MysqlAccount): Promise<readonly string[]> =>
  (await session.rows(`SHOW GRANTS FOR ${account.quoted}`)).flatMap(([line]) =>
    line === null || line === undefined ? [] : grantTo(somebody, line, user, account.host),
  )
