import { isIP, type Socket } from 'node:net'
import type { ConnectionOptions } from 'mysql2'
import type { Code } from '../core/errors.ts'
import type { SqlLogin } from '../core/rotators/sql.ts'
import type { SqlAnswer, SqlDriver } from './sql-driver.ts'

/** MySQL and MariaDB, by the package `mysql2`. */
export const mysql: SqlDriver = {
  open: async (login, socket) => {
    const { default: library } = await import('mysql2')
    const { host, port } = login.server
    const connection = library.createConnection(optionsFor(login, socket))
    // a connection that breaks between two statements is seen by the next
    connection.on('error', () => {})
    socket.setNoDelay(true)
    socket.connect(host.startsWith('/') ? { path: host } : { host, port })
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => (error === null ? resolve() : reject(error)))
    })
    const rows = (statement: string): Promise<readonly (readonly (string | null)[])[]> =>
      new Promise((resolve, reject) => {
        connection.query({ sql: statement, rowsAsArray: true }, (error, result) =>
          error === null ? resolve(asTexts(result)) : reject(error),
        )
      })
    // so that a text is ended by a quote and by nothing else
    await rows(`SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'`)
    return { rows, close: () => new Promise((resolve) => connection.end(() => resolve())) }
  },
  answerIn: (error) => {
    if (!(error instanceof Error) || !('code' in error)) return null
    const own = typeof error.code === 'string' ? ours[error.code] : undefined
    if (own !== undefined) return own
    if (!('errno' in error) || typeof error.errno !== 'number' || !('sqlState' in error)) return null
    const { errno } = error
    const isWrongPassword = wrongPassword.has(errno)
    return { code: codeFor(errno), says: `error ${errno}`, isWrongPassword, ...hintFor(errno) }
  },
}

const optionsFor = ({ server, user, password, ed25519 }: SqlLogin, socket: Socket): ConnectionOptions => {
  const { host, port, tls, ca } = server
  return {
    // An address is looked for in the certificate only where it is given as a name: with the dot of the root, which the
    // comparison takes away again. As an address the library would have it compared with `localhost`.
    host: isIP(host) === 0 ? host : `${host}.`,
    port,
    user,
    password: password.reveal(),
    stream: socket,
    connectAttributes: { program_name: 'lockstep' },
    typeCast: (field) => field.string(),
    // the server may not ask for files of ours
    flags: ['-LOCAL_FILES'],
    // rows are read without code that is made for them
    disableEval: true,
    // ours are the time limits
    connectTimeout: 0,
    ...(tls === 'verify-full'
      ? { ssl: { rejectUnauthorized: true, verifyIdentity: true, ...(ca === null ? {} : { ca }) } }
      : {}),
    ...(ed25519 === undefined
      ? {}
      : { authPlugins: { client_ed25519: () => (challenge) => Buffer.from(ed25519(challenge.subarray(0, 32))) } }),
  }
}

const asTexts = (result: unknown): readonly (readonly (string | null)[])[] =>
  Array.isArray(result)
    ? result
        .filter((row) => Array.isArray(row))
        .map((row) => row.map((value: unknown) => (typeof value === 'string' ? value : null)))
    : []

const unknownWay: SqlAnswer = {
  code: 'CONFIG',
  says: 'it asks for a kind of login that is not known here',
  hint: 'known are mysql_native_password, caching_sha2_password and ed25519',
}

/** What the library says of a server's wish that it does not fulfil. */
const ours: Readonly<Record<string, SqlAnswer>> = {
  HANDSHAKE_NO_SSL_SUPPORT: { code: 'UNSAFE', says: 'it offers no TLS' },
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: unknownWay,
  AUTH_SWITCH_PLUGIN_ERROR: unknownWay,
}

/** https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html and MariaDB's own, from 4000 on. */
const denied: ReadonlySet<number> = new Set([
  1044, // on this database
  1045, // login
  1095, // another's session
  1130, // from this host
  1142, // on this table
  1227, // without this privilege
  1698, // login by another way
  3118, // locked
  3955, // locked after too many tries
  4150, // the same in MariaDB
  4151, // locked in MariaDB
])

/** Those that a user is refused with who is neither locked nor unwelcome from here. */
const wrongPassword: ReadonlySet<number> = new Set([1045, 1698])

const unavailable: ReadonlySet<number> = new Set([
  1040, // connections
  1053, // shutdown
  1129, // host blocked
  1158, // network, as the next three
  1159,
  1160,
  1161,
  1203, // connections of the user
  1205, // lock
  1213, // deadlock
  1226, // limits of the user
  1317, // interrupted
  1927, // killed
  3169, // killed in MySQL
])

const codeFor = (errno: number): Code => {
  if (denied.has(errno)) return 'DENIED'
  return unavailable.has(errno) ? 'UNAVAILABLE' : 'CONFIG'
}

const hintFor = (errno: number): Pick<SqlAnswer, 'hint'> => {
  if (errno === 1290 || errno === 1836)
    return { hint: 'it is read-only, or was started so that this cannot be changed' }
  if (errno === 1820 || errno === 1862) return { hint: 'the password has expired: ALTER USER … PASSWORD EXPIRE NEVER' }
  return {}
}
