import { hasCode } from '../../core/errors.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import { lettersFor, randomText } from '../../core/rotate/random-text.ts'
import type { Rotator } from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotate/rotator-ports.ts'
import { settingsOf } from '../../core/rotate/settings.ts'
import type { SqlServer } from '../../core/rotate/sql.ts'
import { Secret } from '../../core/secret.ts'
import { accountSettings, accountsOf } from './accounts.ts'
import { adminIn, adminSettings } from './admin.ts'
import type { Database } from './database.ts'
import type { Dialect } from './dialect.ts'
import { oneUser } from './one-user.ts'
import { serverIn, serverSettings } from './server.ts'
import { twoUsers } from './two-users.ts'

export interface DatabaseKind {
  readonly server: SqlServer['kind']
  readonly port: number
  /** What addresses of it begin with. */
  readonly schemes: readonly string[]
  readonly dialect: (ports: RotatorPorts) => Dialect
}

/** @throws CONFIG */
export const openDatabase = (kind: DatabaseKind, credential: Credential, ports: RotatorPorts): Rotator => {
  const settings = settingsOf(credential, [...accountSettings, ...serverSettings, ...adminSettings])
  const accounts = accountsOf(credential, settings, kind.schemes)
  const serverOf = serverIn(settings, kind.server, kind.port)
  const { users } = accounts
  const admin = adminIn(credential, settings, users.length === 2)
  const said = [...users, settings.text('admin_user')]
  const as: Database['as'] = ({ user, password }, { signal }, values, work) => {
    const server = serverOf(accounts.addressIn(values))
    return ports.sql.session({ server, user, as: said.includes(user) ? user : 'the user', password, signal }, work)
  }
  const database: Database = {
    id: credential.id,
    accounts,
    admin,
    dialect: kind.dialect(ports),
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
  }
  return users.length === 1 ? oneUser(database, users[0]) : twoUsers(database, users)
}
