import { fail } from '../../core/errors.ts'
import {
  valuesAfter,
  type Attempt,
  type Held,
  type Rotator,
  type Step,
  type Values,
} from '../../core/rotate/rotator.ts'
import type { SqlSession } from '../../core/rotators/sql.ts'
import type { Account } from './accounts.ts'
import { asAdmin, type Database } from './database.ts'

/** Two users that take turns: while hosts go over to the idle one, the other's sessions and logins are as before. */
export const twoUsers = (database: Database, users: readonly [string, string]): Rotator => {
  const { accounts, dialect, id } = database
  const other = (user: string): string => (user === users[0] ? users[1] : users[0])

  /** @throws CONFIG where the credential is somebody else's */
  const activeIn = (values: Values): string | null => {
    const active = accounts.in(values)?.user ?? null
    if (active === null || users.includes(active)) return active
    throw fail('CONFIG', `the user in force is none of ${users.join(', ')}`, {
      at: id,
      hint: 'users: names both that take turns; the one in force must be one of them',
    })
  }

  const idleIn = (values: Values): string => {
    const active = activeIn(values)
    return active === null ? users[0] : other(active)
  }

  /** The one that takes over: never the one that hosts have. */
  const nextIn = (attempt: Attempt): Account => {
    const next = accounts.in(valuesAfter(attempt))
    if (next !== null && next.user === idleIn(attempt.former)) return next
    throw fail('CONFLICT', 'the new value is not of the user that was idle', {
      at: id,
      hint: `look which of ${users.join(', ')} the hosts have`,
    })
  }

  /** Somebody who is not in our records may live on the idle user. */
  const checkIdle = async (session: SqlSession, user: string, { isEmergency }: Step): Promise<void> => {
    if (isEmergency || !(await dialect.isInUse(session, user))) return
    throw fail('CONFLICT', `${user} was to be idle, and has sessions`, {
      at: id,
      hint: `find out who logs in as ${user}: a new password would lock it out`,
    })
  }

  return {
    oldStays: 'both',
    changes: accounts.changes,
    look: async (held) => {
      const [active, idle] = [activeIn(held.values), idleIn(held.values)]
      const note = await asAdmin(database, held, held.values, async (session) => {
        const said = await dialect.look(session, active, idle)
        await checkIdle(session, idle, held)
        return said
      })
      return { note: [`next user ${idle}`, ...(note === null ? [] : [note])].join('; ') }
    },
    propose: async ({ values }: Held) => {
      const user = idleIn(values)
      return { values: accounts.written(values, { user, password: database.newPassword() }), marks: { user } }
    },
    install: async (attempt) => {
      const [next, values] = [nextIn(attempt), valuesAfter(attempt)]
      if (!(await database.isAccepted(next, attempt, values))) {
        await asAdmin(database, attempt, values, async (session) => {
          await checkIdle(session, next.user, attempt)
          await dialect.admit(session, next.user, next.password)
        })
      }
      return { values: attempt.pending, marks: attempt.marks }
    },
    verify: async (attempt) => {
      const [next, values] = [accounts.in(valuesAfter(attempt)), valuesAfter(attempt)]
      if (next !== null) await database.as(next, attempt, values, async () => {})
    },
    retire: async (attempt) => {
      const former = activeIn(attempt.former)
      if (former === null) return
      const [next, values] = [nextIn(attempt), valuesAfter(attempt)]
      // the last login that works is not shut
      await database.as(next, attempt, values, async () => {})
      await asAdmin(database, attempt, values, async (session) => {
        await dialect.shut(session, former)
        if (attempt.isEmergency) await dialect.endSessions(session, former)
      })
    },
    withdraw: async (attempt) => {
      const [next, values] = [nextIn(attempt), valuesAfter(attempt)]
      const isUsed = await asAdmin(database, attempt, values, (session) => dialect.isInUse(session, next.user))
      // with sessions, and not by our password: somebody's whom `install` has let be
      if (isUsed && !(await database.isPassword(next, attempt, values))) return
      await asAdmin(database, attempt, values, (session) => dialect.shut(session, next.user))
    },
  }
}
