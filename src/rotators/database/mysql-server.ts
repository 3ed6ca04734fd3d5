import { fail } from '../../core/errors.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'

/** Which server it is. */
export interface MysqlVersion {
  readonly isMariaDb: boolean
  /** `MariaDB 10.11`. */
  readonly said: string
  /** Two passwords of one user at a time. */
  readonly hasDual: boolean
}

type Numbers = readonly [number, number, number]

const isFrom = (have: Numbers, need: Numbers): boolean => {
  for (const i of [0, 1, 2] as const) if (have[i] !== need[i]) return have[i] > need[i]
  return true
}

/** @param text what the server says: `8.4.3`, `10.11.6-MariaDB-log`. Null for none that is known here. */
export const readVersion = (text: string): MysqlVersion | null => {
  const isMariaDb = /mariadb/i.test(text)
  // some say 5.5.5 first, for clients that know no higher number
  const found = /^(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)/.exec(text)
  const numbers = [Number(found?.[1]), Number(found?.[2]), Number(found?.[3])] as const
  // since then a user can be locked and be sent in as a hash
  if (found === null || !isFrom(numbers, isMariaDb ? [10, 4, 2] : [8, 0, 0])) return null
  const said = `${isMariaDb ? 'MariaDB' : 'MySQL'} ${numbers[0]}.${numbers[1]}`
  return { isMariaDb, said, hasDual: !isMariaDb && isFrom(numbers, [8, 0, 14]) }
}

const firstOf = async (session: SqlSession, what: string): Promise<string> =>
  (await session.rows(`SELECT ${what}`))[0]?.[0] ?? ''

/** @throws CONFIG */
export const versionOf = async (session: SqlSession): Promise<MysqlVersion> => {
  const version = readVersion(await firstOf(session, 'VERSION()'))
  if (version !== null) return version
  throw fail('CONFIG', 'this server is older than MariaDB 10.4.2 or MySQL 8.0, or none of them')
}

/** @throws CONFIG where nobody could be given a new password */
export const checkChangeable = async (session: SqlSession, { isMariaDb }: MysqlVersion): Promise<void> => {
  if (!['0', 'OFF'].includes(await firstOf(session, '@@global.read_only'))) {
    throw fail('CONFIG', 'this server is read-only', { hint: '`host` must name the primary' })
  }
  if (!isMariaDb || (await firstOf(session, '@@global.strict_password_validation')) !== '1') return
  const active = `COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE'`
  if ((await firstOf(session, active)) === '0') return
  throw fail('CONFIG', 'a password validation plugin refuses hashes, and passwords are not sent', {
    hint: 'SET GLOBAL strict_password_validation = OFF, and in its configuration',
  })
}

/** @param lines of SHOW GRANTS about who asks; what they lack of what an administrator needs, empty where all is there */
export const lackingRights = (lines: readonly string[]): readonly string[] => {
  const granted = (where: RegExp): readonly string[] =>
    lines.flatMap((line) => {
      const [, rights = '', place = ''] = /^GRANT (.+?) ON (\S+) TO /.exec(line) ?? []
      return where.test(place) ? rights.split(', ') : []
    })
  const everywhere = granted(/^\*\.\*$/)
  const ofSystem = granted(/^`mysql`\.\*$/)
  const has = (right: string, rights: readonly string[]): boolean =>
    rights.includes('ALL PRIVILEGES') || rights.includes(right)
  return [
    ...['CREATE USER', 'PROCESS'].filter((right) => !has(right, everywhere)).map((right) => `${right} ON *.*`),
    ...(has('SELECT', [...everywhere, ...ofSystem]) ? [] : ['SELECT ON mysql.*']),
  ]
}

/** Of who is logged in. @throws DENIED */
export const checkRights = async (session: SqlSession): Promise<void> => {
  const lacking = lackingRights((await session.rows('SHOW GRANTS')).flatMap(([line]) => line ?? []))
  if (lacking.length === 0) return
  throw fail('DENIED', `the administrator lacks ${lacking.join(' and ')}`, { hint: `GRANT ${lacking[0]} TO …` })
}
