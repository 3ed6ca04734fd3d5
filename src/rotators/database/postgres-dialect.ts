import { fail } from '../../core/errors.ts'
import { lettersFor, randomText } from '../../core/rotators/random-text.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'
import { postgresName as name, postgresText as text } from '../../core/rotators/sql-quote.ts'
import { Secret } from '../../core/secret.ts'
import { scramVerifier } from '../../crypto/scram.ts'
import type { Dialect } from './dialect.ts'
import { checkAlike } from './postgres-alike.ts'

/** The server keeps verifiers and is sent verifiers: a password that it sees would stand in its logs. */
export const postgresDialect = ({ random }: Pick<RotatorPorts, 'random'>): Dialect => {
  const verifier = (password: Secret): string => text(scramVerifier(password, random.bytes(16)))
  const unknown = (): Secret => new Secret(randomText(random, 'base64url', lettersFor('base64url', 32)))
  const alter = async (session: SqlSession, user: string, what: string, password: Secret): Promise<void> => {
    await session.rows(`ALTER ROLE ${name(user)} ${what}PASSWORD ${verifier(password)}`)
  }
  return {
    look: async (session, active, idle) => {
      await checkServer(session)
      const users = [active, idle].filter((user) => user !== null)
      for (const user of users) await checkRole(session, user)
      // a user may change its own password
      if (idle !== null) for (const user of users) await checkRight(session, user)
      if (active !== null && idle !== null) await checkAlike(session, active, idle)
      return null
    },
    isInUse: async (session, user) => {
      const counted = `SELECT 1 FROM pg_roles r JOIN pg_stat_activity a ON a.usesysid = r.oid WHERE r.rolname = ${text(user)} AND r.rolcanlogin LIMIT 1`
      return (await session.rows(counted)).length > 0
    },
    setPassword: async (session, user, password, isOwn) => {
      // a role that was taken on at login has no right to it
      if (isOwn) await session.rows('SET ROLE NONE')
      await alter(session, user, '', password)
    },
    admit: (session, user, password) => alter(session, user, 'LOGIN ', password),
    shut: (session, user) => alter(session, user, 'NOLOGIN ', unknown()),
    endSessions: async (session, user) => {
      await session.rows(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${text(user)} AND pid <> pg_backend_pid()`,
      )
    },
  }
}

/** @throws CONFIG */
const checkServer = async (session: SqlSession): Promise<void> => {
  const [[version] = []] = await session.rows(`SELECT current_setting('server_version_num')`)
  // before, a verifier would be taken for the password itself
  if (Number(version) >= 100_000) return
  throw fail('CONFIG', 'this server is older than PostgreSQL 10, and knows no SCRAM-SHA-256')
}

const checkRole = async (session: SqlSession, user: string): Promise<void> => {
  const [role] = await session.rows(
    `SELECT coalesce(rolvaliduntil < now(), false) FROM pg_roles WHERE rolname = ${text(user)}`,
  )
  if (role === undefined) {
    throw fail('CONFIG', `there is no role ${user}`, {
      hint: `CREATE ROLE ${name(user)} NOLOGIN; then GRANT what it needs`,
    })
  }
  if (role[0] !== 't') return
  throw fail('CONFIG', `the password of ${user} is past its day (VALID UNTIL)`, {
    hint: `ALTER ROLE ${name(user)} VALID UNTIL 'infinity'`,
  })
}

/** From PostgreSQL 16 on, CREATEROLE is only about roles that one has with ADMIN OPTION. */
const checkRight = async (session: SqlSession, user: string): Promise<void> => {
  const [[isAble] = []] = await session.rows(
    `SELECT a.rolsuper OR (a.rolcreaterole AND NOT u.rolsuper AND (current_setting('server_version_num')::int < 160000
       OR pg_has_role(a.oid, u.oid, 'MEMBER WITH ADMIN OPTION')))
     FROM pg_roles a, pg_roles u WHERE a.rolname = current_user AND u.rolname = ${text(user)}`,
  )
  if (isAble === 't') return
  throw fail('DENIED', `the administrator may not change the role ${user}`, {
    hint: `ALTER ROLE … CREATEROLE; from PostgreSQL 16 on also GRANT ${name(user)} TO … WITH ADMIN OPTION`,
  })
}
