import { fail, type SecretsError } from '../errors.ts'
import { few } from '../names.ts'
import { openCredentials, type OpenCredential, type RotationJournal } from './journal.ts'

/** One secret that somebody is about to change. */
export interface Changing {
  readonly group: string
  readonly host: string | null
  readonly name: string
  readonly isRemoved: boolean
}

/** Why this cannot be changed by hand as long as a rotation has it; null: no reason. On its way a value has a version that
 *  hosts know already, and another value under the same would be neither. Once it is promoted a new value is one more
 *  version; but without the secret nobody could end its former value any more. */
export const heldError = (journal: RotationJournal, changing: readonly Changing[]): SecretsError | null => {
  const held = openCredentials(journal).flatMap((one) =>
    changing
      .filter((each) => isOf(one, each) && (one.state !== 'promoted' || each.isRemoved))
      .map(({ name }) => ({ name, isWaiting: one.state === 'promoted' })),
  )
  if (held.length === 0) return null
  const moving = held.filter(({ isWaiting }) => !isWaiting)
  const names = few([...new Set((moving.length > 0 ? moving : held).map(({ name }) => name))])
  const seen = 'lockstep status looks whether that is still so'
  return moving.length > 0
    ? fail('CONFLICT', 'a rotation that is half-done has this secret', {
        at: names,
        hint: `lockstep rotate --resume goes on with it, lockstep rotate --abort takes it back; ${seen}`,
      })
    : fail('CONFLICT', 'its former value is still valid: without the secret nobody could end it', {
        at: names,
        hint: `lockstep rotate --resume ends it when that is due; ${seen}`,
      })
}

const isOf = ({ group, host, names, versions }: OpenCredential, one: Changing): boolean =>
  group === one.group && host === one.host && (names.includes(one.name) || versions[one.name] !== undefined)
