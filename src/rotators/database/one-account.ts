import { fail } from '../../core/errors.ts'
import { valuesAfter, type Attempt, type Values } from '../../core/rotate/rotator.ts'
import type { Account } from './accounts.ts'
import type { Database } from './database.ts'

/** Who has logged in and who will, where that is one user all the time. */
export interface OneAccount {
  /** Null where there is no password yet. @throws CONFIG where the credential is somebody else's */
  ownIn(values: Values): Account | null
  /** @throws CONFIG, CONFLICT */
  both(attempt: Attempt): { readonly former: Account | null; readonly next: Account }
}

export const oneAccount = ({ accounts, id }: Database, user: string): OneAccount => {
  const ownIn = (values: Values): Account | null => {
    const own = accounts.in(values)
    if (own === null || own.user === user) return own
    throw fail('CONFIG', `the user in force is not ${user}`, { at: id, hint: 'user: names the one in force' })
  }
  return {
    ownIn,
    both: (attempt) => {
      const [former, next] = [ownIn(attempt.former), accounts.in(valuesAfter(attempt))]
      if (next !== null && next.user === user) return { former, next }
      throw fail('CONFLICT', 'the new value is not of this user', {
        at: id,
        hint: 'look at the settings user and user_key',
      })
    },
  }
}
