import { quoteName } from '../names.ts'
import type { Secret } from '../secret.ts'

/** Where a database server is, and how it is spoken to. */
export interface SqlServer {
  readonly kind: 'postgres' | 'mysql'
  /** A name, an address, or the absolute path of a unix socket (PostgreSQL: of its directory). */
  readonly host: string
  readonly port: number
  /** What errors call it, where its address is part of a value: `the server of DATABASE_URL`. Absent: by its address. */
  readonly called?: string
  /** Null: as the server takes it. MySQL is never given one: an administrator has no right on it. */
  readonly database: string | null
  /** `disable` is refused for anything but this machine itself. */
  readonly tls: 'verify-full' | 'disable'
  /** PEM of the authority that signed the server's certificate; null: those that the system knows. */
  readonly ca: string | null
}

export interface SqlLogin {
  readonly server: SqlServer
  readonly user: string
  /** Who that is, for errors: the name itself may be a value. */
  readonly as: string
  readonly password: Secret
  /** Answers 32 bytes of a MariaDB that keeps the user's password as an ed25519 key. */
  readonly ed25519?: (challenge: Uint8Array) => Uint8Array
  readonly signal: AbortSignal
  /** Milliseconds for connecting, and for each statement (default 5000). */
  readonly timeout?: number
}

export interface SqlSession {
  /** One statement, without parameters. Values as the server writes them as text.
   *  @throws DENIED where the server refuses it, UNAVAILABLE where no answer comes, else CONFIG; with the server's code
   *  and nothing else of what it says */
  rows(statement: string): Promise<readonly (readonly (string | null)[])[]>
}

/** Sessions of database servers. */
export interface Sql {
  /** Logs in, and out again after `work`. The password is never sent in the clear but over TLS or on this machine.
   *  @throws DENIED where the login is refused; UNAVAILABLE; UNSAFE where it would not be private */
  session<T>(login: SqlLogin, work: (session: SqlSession) => Promise<T>): Promise<T>
  /** Is this a password of this user? False only where the server says that it is none.
   *  @throws as session: DENIED where the login is refused for another reason (the user is locked, or not let in from
   *  here), which says nothing of the password */
  isPassword(login: SqlLogin): Promise<boolean>
}

/** For errors. */
export const placeOf = ({ host, port, called }: Pick<SqlServer, 'host' | 'port' | 'called'>): string =>
  called ?? quoteName(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)
