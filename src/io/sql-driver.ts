import type { Socket } from 'node:net'
import type { Code } from '../core/errors.ts'
import type { SqlLogin, SqlSession } from '../core/rotators/sql.ts'

/** What a server answered that is no result. */
export interface SqlAnswer {
  readonly code: Code
  /** Its code, as in `SQLSTATE 28P01`. */
  readonly says: string
  readonly hint?: string
  /** It refuses the login, and for the password itself. Absent: for another reason, or it is no refusal. */
  readonly isWrongPassword?: boolean
}

/** How one kind of server is spoken to. Whoever calls bounds the time and destroys the socket in the end. */
export interface SqlDriver {
  /** @param socket not connected yet */
  open(login: SqlLogin, socket: Socket): Promise<SqlSession & { close(): Promise<void> }>
  /** Null for an error that is no answer of the server. */
  answerIn(error: unknown): SqlAnswer | null
}
