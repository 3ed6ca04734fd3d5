import { fail } from '../../core/errors.ts'
import { valuesAfter, type Rotator } from '../../core/rotate/rotator.ts'
import { asAdmin, type Database } from './database.ts'
import type { Dialect } from './dialect.ts'
import { oneAccount } from './one-account.ts'

/** One user that for a while has two passwords: the new one, and the one before. */
export const dualUser = (database: Database, user: string, dual: NonNullable<Dialect['dual']>): Rotator => {
  const { accounts, dialect } = database
  const { ownIn, both } = oneAccount(database, user)

  return {
    oldStays: 'both',
    changes: accounts.changes,
    look: async (held) => {
      ownIn(held.values)
      const note = await asAdmin(database, held, held.values, async (session) => {
        await dialect.look(session, user, null)
        return dual.look(session, user, held.isEmergency)
      })
      return { note: `two passwords for a while; ${note}` }
    },
    propose: async ({ values }) => {
      ownIn(values)
      return { values: accounts.written(values, { user, password: database.newPassword() }), marks: { user } }
    },
    install: async (attempt) => {
      const [{ former, next }, values] = [both(attempt), valuesAfter(attempt)]
      if (!(await database.isPassword(next, attempt, values))) {
        // the password of now is kept where it is the one that we shall end
        const isKept = former !== null && (await database.isPassword(former, attempt, values))
        await asAdmin(database, attempt, values, async (session) => {
          if (!isKept) return dialect.setPassword(session, user, next.password, false)
          await dual.look(session, user, attempt.isEmergency)
          await dual.add(session, user, next.password)
        })
      }
      return { values: attempt.pending, marks: attempt.marks }
    },
    verify: async (attempt) => {
      const { next } = both(attempt)
      await database.as(next, attempt, valuesAfter(attempt), async () => {})
    },
    retire: async (attempt) => {
      const [{ former, next }, values] = [both(attempt), valuesAfter(attempt)]
      const hasSecond = (): Promise<boolean> => asAdmin(database, attempt, values, (session) => dual.has(session, user))
      // an account that is locked refuses the former password too, and takes it again once it is unlocked
      await database.as(next, attempt, values, async () => {})
      if (former !== null && (await hasSecond())) {
        // with both let in, the former one is the second: none was before, and only the newest is ever first
        if (await database.isPassword(former, attempt, values))
          await asAdmin(database, attempt, values, (session) => dual.discard(session, user))
        if (await hasSecond()) throw hasAnother(database, user)
      }
      if (attempt.isEmergency) await asAdmin(database, attempt, values, (session) => dialect.endSessions(session, user))
    },
    withdraw: async (attempt) => {
      const [{ former, next }, values] = [both(attempt), valuesAfter(attempt)]
      // nothing of ours is left: a second password that is there is somebody else's, or the former one once more
      if (!(await database.isPassword(next, attempt, values))) return
      await asAdmin(database, attempt, values, async (session) => {
        if (former === null) return dialect.shut(session, user)
        await dual.replace(session, user, former.password)
        await dual.discard(session, user)
      })
    },
  }
}

const hasAnother = ({ id }: Database, user: string): Error =>
  fail('CONFLICT', `${user} has a second password, which is not the one that was to end`, {
    at: id,
    hint: 'somebody else changed its passwords: once nobody uses the second one, ALTER USER … DISCARD OLD PASSWORD',
  })
