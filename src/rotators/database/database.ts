import { fail, hasCode } from '../../core/errors.ts'
import type { Step, Values } from '../../core/rotate/rotator.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'
import type { Secret } from '../../core/secret.ts'
import type { Account, Accounts } from './accounts.ts'
import type { AdminOf } from './admin.ts'
import type { Dialect } from './dialect.ts'

/** One credential at a server. */
export interface Database {
  readonly id: string
  readonly accounts: Accounts
  readonly admin: AdminOf
  readonly dialect: Dialect
  newPassword(): Secret
  /** Works as this account, on the server that these values or the settings name. */
  as<T>(account: Account, step: Step, values: Values, work: (session: SqlSession) => Promise<T>): Promise<T>
  /** Is this account let in now? False for whatever it is refused. */
  isAccepted(account: Account, step: Step, values: Values): Promise<boolean>
  /** Is this a password of the account? @throws DENIED where nobody can tell: the account is locked, or not let in from
   *  here, and with any password would be refused */
  isPassword(account: Account, step: Step, values: Values): Promise<boolean>
}

/** Works as the administrator that the settings name. */
export const asAdmin = async <T>(
  { admin, as, id }: Database,
  step: Step,
  values: Values,
  work: (session: SqlSession) => Promise<T>,
): Promise<T> => {
  if (admin === null) throw fail('INTERNAL', 'there is no administrator', { at: id })
  const account = admin(step)
  try {
    return await as(account, step, values, work)
  } catch (error) {
    if (!hasCode(error, 'DENIED') || error.hint !== undefined) throw error
    const { code, message, at = id } = error
    const hint = `is ${account.secret} the password of ${account.user}? lockstep set ${account.secret}, then the same again`
    throw fail(code, message, { at, hint, cause: error })
  }
}
