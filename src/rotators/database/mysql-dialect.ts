import { fail, hasCode } from '../../core/errors.ts'
import { lettersFor, randomText } from '../../core/rotators/random-text.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'
import { mysqlText as text } from '../../core/rotators/sql-quote.ts'
import { Secret } from '../../core/secret.ts'
import { ed25519Hash } from '../../crypto/mariadb-ed25519.ts'
import { cachingSha2Hash, nativeHash } from '../../crypto/mysql-hashes.ts'
import type { Dialect } from './dialect.ts'
import { accountOf, type MysqlAccount, ownAccount } from './mysql-account.ts'
import { checkAlike } from './mysql-alike.ts'
import { checkChangeable, checkRights, type MysqlVersion, versionOf } from './mysql-server.ts'

/** The server keeps hashes and is sent hashes: a password that it sees would stand in its logs. */
export const mysqlDialect = ({ random }: Pick<RotatorPorts, 'random'>): Dialect => {
  const unknown = (): Secret => new Secret(randomText(random, 'base64url', lettersFor('base64url', 32)))

  const hashFor = (plugin: string | null, { isMariaDb }: MysqlVersion): ((password: Secret) => string) | null => {
    if (plugin === 'mysql_native_password') return nativeHash
    if (plugin === 'ed25519' && isMariaDb) return ed25519Hash
    if (plugin === 'caching_sha2_password' && !isMariaDb)
      return (password) => cachingSha2Hash(password, random.bytes(20))
    return null
  }

  /** @throws CONFIG */
  const hasherOf = (
    user: string,
    { plugin, quoted }: MysqlAccount,
    version: MysqlVersion,
  ): ((password: Secret) => string) => {
    const hash = hashFor(plugin, version)
    if (hash !== null) return hash
    const known = version.isMariaDb ? 'ed25519 or mysql_native_password' : 'caching_sha2_password'
    throw fail('CONFIG', `${user} does not log in by one password alone, of a kind that is known here`, {
      hint: `ALTER USER ${quoted} IDENTIFIED ${version.isMariaDb ? 'VIA' : 'WITH'} …, with ${known}`,
    })
  }

  const alter = async (session: SqlSession, user: string, password: Secret, ending: string): Promise<void> => {
    const version = await versionOf(session)
    const account = await accountOf(session, user)
    const hash = text(hasherOf(user, account, version)(password))
    const by = version.isMariaDb ? `VIA ${account.plugin} USING ${hash}` : `WITH ${account.plugin} AS ${hash}`
    await session.rows(`ALTER USER ${account.quoted} IDENTIFIED ${by}${ending}`)
  }

  /** A second password would outlive the first one's replacement. */
  const discard = async (session: SqlSession, user: string): Promise<void> => {
    if (!(await versionOf(session)).hasDual) return
    await session.rows(`ALTER USER ${(await accountOf(session, user)).quoted} DISCARD OLD PASSWORD`)
  }

  const setOwn = async (session: SqlSession, user: string, password: Secret): Promise<void> => {
    const version = await versionOf(session)
    const hash = hasherOf(user, await ownAccount(session, user), version)
    // MySQL takes hashes from administrators alone, and writes none of this into its logs
    const statement = version.isMariaDb
      ? `SET PASSWORD = ${text(hash(password))}`
      : `ALTER USER CURRENT_USER() IDENTIFIED BY ${text(password.reveal())}`
    await session.rows(statement)
  }

  return {
    look: async (session, active, idle) => {
      const version = await versionOf(session)
      await checkChangeable(session, version)
      const isOwn = active !== null && idle === null && (await isOwnSession(session, active))
      if (!isOwn) await checkRights(session)
      const accounts = []
      for (const user of [active, idle]) {
        if (user === null) continue
        const account = await (isOwn ? ownAccount : accountOf)(session, user)
        hasherOf(user, account, version)
        accounts.push([user, account] as const)
      }
      const [one, other] = accounts
      if (one !== undefined && other !== undefined) await checkAlike(session, one, other)
      return version.hasDual && idle === null ? `${version.said}, which could have two passwords` : version.said
    },
    isInUse: async (session, user) =>
      !(await accountOf(session, user)).isLocked && (await sessionsOf(session, user)).length > 0,
    setPassword: async (session, user, password, isOwn) => {
      if (isOwn) return setOwn(session, user, password)
      await discard(session, user)
      await alter(session, user, password, '')
    },
    admit: async (session, user, password) => {
      await discard(session, user)
      await alter(session, user, password, ' ACCOUNT UNLOCK')
    },
    shut: async (session, user) => {
      await alter(session, user, unknown(), ' ACCOUNT LOCK')
      await discard(session, user)
    },
    endSessions: async (session, user) => {
      for (const id of await sessionsOf(session, user)) {
        try {
          await session.rows(`KILL CONNECTION ${id}`)
        } catch (error) {
          // it may have ended by itself
          if (!hasCode(error, 'CONFIG') || (await sessionsOf(session, user)).includes(id)) throw error
        }
      }
    },
    dual: {
      look: async (session, user, isEmergency) => {
        const { hasDual, said } = await versionOf(session)
        if (!hasDual)
          throw fail('CONFIG', `dual: ${said} has no second password`, { hint: 'MySQL has one from 8.0.14 on' })
        if (isEmergency || !(await hasSecond(session, user))) return said
        throw fail('CONFLICT', `${user} has a second password already, which would end`, {
          hint: `once nobody uses it: ALTER USER ${(await accountOf(session, user)).quoted} DISCARD OLD PASSWORD`,
        })
      },
      add: (session, user, password) => alter(session, user, password, ' RETAIN CURRENT PASSWORD'),
      replace: (session, user, password) => alter(session, user, password, ''),
      has: hasSecond,
      discard,
    },
  }
}

const isOwnSession = async (session: SqlSession, user: string): Promise<boolean> => {
  const [[current] = []] = await session.rows('SELECT CURRENT_USER()')
  return current?.startsWith(`${user}@`) === true
}

const hasSecond = async (session: SqlSession, user: string): Promise<boolean> => {
  const rows = await session.rows(
    `SELECT 1 FROM mysql.user WHERE User = ${text(user)} AND JSON_CONTAINS_PATH(User_attributes, 'one', '$.additional_password')`,
  )
  return rows.length > 0
}

/** Numbers of all but our own. */
const sessionsOf = async (session: SqlSession, user: string): Promise<readonly string[]> => {
  const rows = await session.rows(
    `SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ${text(user)} AND ID <> CONNECTION_ID()`,
  )
  return rows.flatMap(([id]) => (id !== null && id !== undefined && /^\d+$/.test(id) ? [id] : []))
}
