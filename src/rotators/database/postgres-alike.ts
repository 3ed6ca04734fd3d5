import { fail } from '../../core/errors.ts'
import { few, quoteName } from '../../core/names.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'
import { postgresName as name, postgresText as text } from '../../core/rotators/sql-quote.ts'

/** Grants are not copied: what the idle user lacks a person gives it.
 *  @throws CONFIG where the idle user could not do what the active one does */
export const checkAlike = async (session: SqlSession, active: string, idle: string): Promise<void> => {
  await checkRoles(session, active, idle)
  for (const [what, table, columns, hint] of differences(active, idle)) {
    const those = (user: string): string =>
      `SELECT ${columns} FROM ${table} = (SELECT oid FROM pg_roles WHERE rolname = ${text(user)})`
    const missing = await session.rows(`SELECT count(*) FROM (${those(active)} EXCEPT ${those(idle)}) x`)
    if (missing[0]?.[0] === '0') continue
    throw fail('CONFIG', `${active} has ${what} of its own, and ${idle} has not`, { hint })
  }
}

const checkRoles = async (session: SqlSession, active: string, idle: string): Promise<void> => {
  const missing = await session.rows(
    `SELECT DISTINCT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
       JOIN pg_roles a ON a.oid = m.member AND a.rolname = ${text(active)}
       JOIN pg_roles i ON i.rolname = ${text(idle)} AND i.oid <> g.oid
     WHERE NOT pg_has_role(i.oid, g.oid, CASE WHEN pg_has_role(a.oid, g.oid, 'USAGE') THEN 'USAGE' ELSE 'MEMBER' END)
     ORDER BY 1`,
  )
  const roles = missing.flatMap(([role]) => role ?? [])
  if (roles.length === 0) return
  throw fail('CONFIG', `${idle} is not in every role that ${active} is in: ${few(roles.map(quoteName))}`, {
    hint: /^[\w$-]+$/.test(roles.join(''))
      ? `GRANT ${roles.map(name).join(', ')} TO ${name(idle)}`
      : 'GRANT them to it',
  })
}

/** What is counted, its rows by user, the columns that tell them apart, and what to do. */
const differences = (active: string, idle: string): readonly (readonly [string, string, string, string])[] => [
  [
    'objects or grants',
    // of all databases
    `pg_shdepend WHERE deptype IN ('o', 'a') AND refclassid = 'pg_authid'::regclass AND refobjid`,
    'dbid, classid, objid, objsubid, deptype',
    `give them to a role that both are in: REASSIGN OWNED BY ${name(active)} TO ROLE, and ALTER ROLE … SET role for new ones; or GRANT the same to ${name(idle)}`,
  ],
  [
    'settings',
    'pg_db_role_setting WHERE setrole',
    'setdatabase, setconfig',
    `in psql, \\drds compares them; ALTER ROLE ${name(idle)} SET …`,
  ],
  [
    'attributes',
    'pg_roles WHERE oid',
    'rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit',
    `in psql, \\du compares them; ALTER ROLE ${name(idle)} …`,
  ],
]
