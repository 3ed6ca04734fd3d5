import type { Secret } from '../../core/secret.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'

/** What one kind of server understands. Each is called with a session that may do it. */
export interface Dialect {
  /** Looks whether all is as a rotation needs it. @param idle null: one user alone.
   *  @throws CONFIG, DENIED with what to type @returns a few words for the plan, or null */
  look(session: SqlSession, active: string | null, idle: string | null): Promise<string | null>
  /** May this user log in, and does somebody have a session as it? */
  isInUse(session: SqlSession, user: string): Promise<boolean>
  /** From now on this is the user's password. @param isOwn the session is the user's own */
  setPassword(session: SqlSession, user: string, password: Secret, isOwn: boolean): Promise<void>
  /** The same, and the user may log in. */
  admit(session: SqlSession, user: string, password: Secret): Promise<void>
  /** The user may not log in, and its password is one that nobody knows. */
  shut(session: SqlSession, user: string): Promise<void>
  /** Ends the sessions of this user but our own. */
  endSessions(session: SqlSession, user: string): Promise<void>
  /** Absent where a user never has two passwords. */
  readonly dual?: DualPasswords
}

/** A user's second password is the one that it had before; it is let in with both. */
export interface DualPasswords {
  /** @throws CONFIG where the server has no such thing, CONFLICT where somebody uses it already
   *  @returns a few words for the plan */
  look(session: SqlSession, user: string, isEmergency: boolean): Promise<string>
  /** This is the password from now on, and the one of now the second. */
  add(session: SqlSession, user: string, password: Secret): Promise<void>
  /** This is the password from now on, and the second one stays what it is. */
  replace(session: SqlSession, user: string, password: Secret): Promise<void>
  has(session: SqlSession, user: string): Promise<boolean>
  /** There is no second one any more. */
  discard(session: SqlSession, user: string): Promise<void>
}
