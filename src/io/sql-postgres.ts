import type { Code } from '../core/errors.ts'
import type { SqlAnswer, SqlDriver } from './sql-driver.ts'

/** PostgreSQL, by the package `pg`. */
export const postgres: SqlDriver = {
  open: async ({ server, user, password }, socket) => {
    const { default: pg } = await import('pg')
    const { host, port, database, tls, ca } = server
    const client = new pg.Client({
      host,
      port,
      user,
      database: database ?? user,
      password: password.reveal(),
      // given always: what is missing the library takes from the environment
      ssl: tls === 'verify-full' ? { rejectUnauthorized: true, ...(ca === null ? {} : { ca }) } : false,
      sslnegotiation: 'postgres',
      application_name: 'lockstep',
      stream: () => socket,
    })
    // a connection that breaks between two statements is seen by the next
    client.on('error', () => {})
    await client.connect()
    // what others may have put into their schemas is not called by an administrator's session
    await client.query('SET search_path = pg_catalog')
    return {
      rows: async (text) => {
        const { rows } = await client.query<unknown[]>({ text, rowMode: 'array', types: asText })
        return rows.map((row) => row.map((value) => (typeof value === 'string' ? value : null)))
      },
      close: () => client.end(),
    }
  },
  answerIn: (error) => {
    // only an answer of the server has a severity
    if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return null
    const state = typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : 'unknown'
    const isWrongPassword = state === '28P01'
    return { code: codeFor(state), says: `SQLSTATE ${state}`, isWrongPassword, ...hintFor(state) }
  },
}

const asText = { getTypeParser: () => (value: unknown) => value }

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const codeFor = (state: string): Code => {
  if (state.startsWith('28') || state === '42501') return 'DENIED'
  // connection, resources, the operator's intervention, another who changes the same, internal
  if (/^(08|53|57|40|55|58|XX)/.test(state)) return 'UNAVAILABLE'
  return 'CONFIG'
}

const hintFor = (state: string): Pick<SqlAnswer, 'hint'> => {
  if (state === '3D000') return { hint: 'there is no such database: look at the setting `database`' }
  if (state === '25006') return { hint: 'it is a standby: `host` must name the primary' }
  return {}
}
