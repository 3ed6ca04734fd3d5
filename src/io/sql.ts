import { Socket } from 'node:net'
import { fail, SecretsError } from '../core/errors.ts'
import { isLoopback } from '../core/loopback.ts'
import { placeOf, type Sql, type SqlLogin, type SqlServer, type SqlSession } from '../core/rotators/sql.ts'
import { systemCode } from './system-error.ts'
import type { SqlAnswer, SqlDriver } from './sql-driver.ts'

const defaultTimeout = 5000

const drivers: Readonly<Record<SqlServer['kind'], () => Promise<SqlDriver>>> = {
  mysql: async () => (await import('./sql-mysql.ts')).mysql,
  postgres: async () => (await import('./sql-postgres.ts')).postgres,
}

/** Database servers. What a library or a server says of an error stays here: it can hold the statement. */
export const sql: Sql = {
  session: (login, work) => converse(login, work),
  isPassword: async (login) => {
    let isWrong = false
    try {
      await converse(
        login,
        async () => {},
        (answer) => void (isWrong = answer.isWrongPassword === true),
      )
      return true
    } catch (error) {
      if (isWrong) return false
      throw error
    }
  },
}

/** @param onAnswer hears what the server said that was no result, before it becomes an error of ours */
const converse = async <T>(
  login: SqlLogin,
  work: (session: SqlSession) => Promise<T>,
  onAnswer: (answer: SqlAnswer) => void = () => {},
): Promise<T> => {
  const { server, as, signal } = login
  checkPrivate(server)
  const driver = await drivers[server.kind]()
  const socket = new Socket()
  const bounded = <R>(step: Promise<R>): Promise<R> => within(login, socket, step)
  const wrapped = async <R>(what: string, step: Promise<R>): Promise<R> => {
    try {
      return await bounded(step)
    } catch (error) {
      const answer = error instanceof SecretsError ? null : driver.answerIn(error)
      if (answer !== null) onAnswer(answer)
      throw asOurs(answer, server, what, error)
    }
  }
  if (signal.aborted) throw interrupted(server)
  try {
    const connection = await wrapped(`the login of ${as}`, driver.open(login, socket))
    const session: SqlSession = { rows: (statement) => wrapped('a statement', connection.rows(statement)) }
    const result = await work(session)
    await bounded(connection.close()).catch(lost)
    return result
  } finally {
    socket.destroy()
  }
}

/** What was done is done, whether the goodbye is heard or not. */
const lost = (): void => {}

/** @throws UNSAFE */
const checkPrivate = (server: SqlServer): void => {
  if (server.tls === 'verify-full' || isHere(server.host)) return
  throw fail('UNSAFE', `${placeOf(server)} would be spoken to without TLS`, {
    hint: 'only this machine itself may be: take `tls: disable` away',
  })
}

const isHere = (host: string): boolean => host.startsWith('/') || host === '::1' || isLoopback(host)

/** The step, or UNAVAILABLE once it takes too long or is not wanted any more: then nothing more is heard of it. */
const within = async <T>({ server, signal, timeout }: SqlLogin, socket: Socket, step: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = (): void => {
    reject(interrupted(server))
    socket.destroy()
  }
  const timer = setTimeout(() => {
    reject(fail('UNAVAILABLE', `${placeOf(server)} did not answer in time`, { at: placeOf(server) }))
    socket.destroy()
  }, timeout ?? defaultTimeout)
  signal.addEventListener('abort', stop)
  try {
    return await Promise.race([step, promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

const interrupted = (server: SqlServer): Error =>
  fail('UNAVAILABLE', `the conversation with ${placeOf(server)} was interrupted`, { at: placeOf(server) })

const asOurs = (answer: SqlAnswer | null, server: SqlServer, what: string, error: unknown): unknown => {
  if (error instanceof SecretsError) return error
  const at = placeOf(server)
  if (answer !== null) {
    const says = `${at} refuses ${what} (${answer.says})`
    return fail(answer.code, says, { at, ...(answer.hint === undefined ? {} : { hint: answer.hint }) })
  }
  const name = systemCode(error)
  const why = name !== null && /^[A-Z0-9_]{3,60}$/.test(name) ? ` (${name})` : ''
  return fail('UNAVAILABLE', `the conversation with ${at} failed${why}`, {
    at,
    ...(/CERT|SIGNED|VERIFY|ISSUER|SSL/.test(why) ? { hint: 'the setting `ca` takes the PEM of who signed it' } : {}),
  })
}
