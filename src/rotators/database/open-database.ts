import { hasCode } from '../../core/errors.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import { lettersFor, randomText } from '../../core/rotators/random-text.ts'
import type { Rotator, Step, Values } from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import { settingsOf } from '../../core/rotators/settings.ts'
import type { SqlLogin, SqlServer } from '../../core/rotators/sql.ts'
import { Secret } from '../../core/secret.ts'
import { accountSettings, accountsOf, type Account } from './accounts.ts'
import { adminIn, adminSettings } from './admin.ts'
import type { Database } from './database.ts'
import type { Dialect } from './dialect.ts'
import { dualUser } from './dual-user.ts'
import { oneUser } from './one-user.ts'
import { serverIn, serverSettings } from './server.ts'
import { twoUsers } from './two-users.ts'

export interface DatabaseKind {
  readonly server: SqlServer['kind']
  readonly port: number
  /** What addresses of it begin with. */
  readonly schemes: readonly string[]
  /** Settings that others have not: `database`, `dual`. */
  readonly settings: readonly string[]
  readonly dialect: (ports: RotatorPorts) => Dialect
  /** Answers a server that keeps the password as an ed25519 key. */
  readonly ed25519?: (password: Secret, challenge: Uint8Array) => Uint8Array
}

/** @throws CONFIG */
export const openDatabase = (kind: DatabaseKind, credential: Credential, ports: RotatorPorts): Rotator => {
  const settings = settingsOf(credential, [...accountSettings, ...serverSettings, ...adminSettings, ...kind.settings])
  const accounts = accountsOf(credential, settings, kind.schemes)
  const serverOf = serverIn(settings, kind.server, { usualPort: kind.port, urlKey: accounts.urlKey })
  const { users } = accounts
  const isDual = settings.flag('dual') ?? false
  if (isDual && users.length === 2)
    throw settings.wrong('dual', 'is for one user alone: two users need no second password', 'user: NAME')
  const admin = adminIn(settings, users.length === 2 || isDual)
  const dialect = kind.dialect(ports)
  const said = [...users, settings.text('admin_user')]
  const loginOf = ({ user, password }: Account, { signal }: Step, values: Values): SqlLogin => {
    const server = serverOf(accounts.addressIn(values))
    const answer = kind.ed25519
    const ed25519 = (challenge: Uint8Array): Uint8Array => answer?.(password, challenge) ?? new Uint8Array()
    const login = { server, user, as: said.includes(user) ? user : 'the user', password, signal }
    return { ...login, ...(answer === undefined ? {} : { ed25519 }) }
  }
  const as: Database['as'] = (account, step, values, work) => ports.sql.session(loginOf(account, step, values), work)
  const database: Database = {
    id: credential.id,
    accounts,
    admin,
    dialect,
    newPassword: () =>
      new Secret(randomText(ports.random, 'base64url', lettersFor('base64url', credential.rotate.bytes))),
    as,
    isAccepted: async (account, step, values) => {
      try {
        await as(account, step, values, async () => {})
        return true
      } catch (error) {
        if (hasCode(error, 'DENIED')) return false
        throw error
      }
    },
    isPassword: (account, step, values) => ports.sql.isPassword(loginOf(account, step, values)),
  }
  if (users.length === 2) return twoUsers(database, users)
  return isDual && dialect.dual !== undefined ? dualUser(database, users[0], dialect.dual) : oneUser(database, users[0])
}
