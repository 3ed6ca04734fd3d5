import { fail } from '../../core/errors.ts'
import { valuesAfter, type Held, type Rotator, type Step, type Values } from '../../core/rotate/rotator.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'
import type { Account } from './accounts.ts'
import type { Database } from './database.ts'
import { oneAccount } from './one-account.ts'

/** One user with one password: from `install` on, who has the old one is let in no more until it has the new one.
 *  Sessions that are open stay. */
export const oneUser = (database: Database, user: string): Rotator => {
  const { accounts, admin, dialect, id } = database

  const { ownIn, both } = oneAccount(database, user)

  /** Works as the administrator, else as the user itself, with the first of these that is accepted. */
  const change = async <T>(
    step: Step,
    values: Values,
    own: readonly (Account | null)[],
    work: (session: SqlSession, isOwn: boolean) => Promise<T>,
  ): Promise<T> => {
    if (admin !== null) return database.as(admin(step), step, values, (session) => work(session, false))
    for (const account of own) {
      if (account === null || !(await database.isAccepted(account, step, values))) continue
      return database.as(account, step, values, (session) => work(session, true))
    }
    throw fail('DENIED', `${user} is let in with none of the passwords we have`, {
      at: id,
      hint: 'somebody else has changed it: set it by hand, then lockstep set; or name an admin',
    })
  }

  return {
    oldStays: 'gap',
    changes: accounts.changes,
    look: async (held) => {
      const note = await change(held, held.values, [ownIn(held.values)], (session) => dialect.look(session, user, null))
      return {
        note: ['new logins fail until a host has the new password', ...(note === null ? [] : [note])].join('; '),
      }
    },
    propose: async ({ values }: Held) => {
      ownIn(values)
      return { values: accounts.written(values, { user, password: database.newPassword() }), marks: { user } }
    },
    install: async (attempt) => {
      const { former, next } = both(attempt)
      const values = valuesAfter(attempt)
      if (!(await database.isAccepted(next, attempt, values))) {
        await change(attempt, values, [former], (session, isOwn) =>
          dialect.setPassword(session, next.user, next.password, isOwn),
        )
      }
      return { values: attempt.pending, marks: attempt.marks }
    },
    verify: async (attempt) => {
      const [next, values] = [accounts.in(valuesAfter(attempt)), valuesAfter(attempt)]
      if (next !== null) await database.as(next, attempt, values, async () => {})
    },
    // the old password has ended with `install`; who came in with it may still be there
    retire: async (attempt) => {
      if (!attempt.isEmergency) return
      const { next } = both(attempt)
      await change(attempt, valuesAfter(attempt), [next], (session) => dialect.endSessions(session, next.user))
    },
    withdraw: async (attempt) => {
      const { former, next } = both(attempt)
      const values = valuesAfter(attempt)
      if (former === null) return change(attempt, values, [], (session) => dialect.shut(session, next.user))
      if (await database.isAccepted(former, attempt, values)) return
      await change(attempt, values, [next], (session, isOwn) =>
        dialect.setPassword(session, former.user, former.password, isOwn),
      )
    },
  }
}
