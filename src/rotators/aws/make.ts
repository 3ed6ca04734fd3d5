import { fail } from '../../core/errors.ts'
import { patiently } from '../../core/rotators/patiently.ts'
import type { Attempt, Proposal } from '../../core/rotate/rotator.ts'
import type { AccessKey } from '../../crypto/aws-signature.ts'
import { userIn, type AccessKeys, type Listed } from './access-keys.ts'
import { isGone, othersCame, wasUsed } from './findings.ts'
import { granted, type Answer } from './query.ts'
import { asked, keyIn, userMarked, type Iam } from './whose.ts'

export const install = async (iam: Iam, attempt: Attempt): Promise<Proposal> => {
  const { parts, clock } = iam
  const { marks, former, signal } = attempt
  const keys = asked(iam, attempt, former)
  const user = userMarked(iam, marks)
  const pending = parts.of(attempt.pending)
  if (pending !== null) {
    const hasIt = (listed: readonly Listed[]): boolean => listed.some(({ id }) => id === pending.id.reveal())
    const listed = await patiently(() => keys.list(user), hasIt, { clock, signal })
    if (!hasIt(listed)) throw isGone(user, iam.credential)
    return { values: attempt.pending, marks }
  }
  const make = async (): Promise<AccessKey | null> => {
    await removeUnheard(iam, attempt, keys)
    return keys.create(user)
  }
  // a key whose answer was lost may fill its place before it is listed
  const made = await patiently(make, (key) => key !== null, { clock, signal })
  if (made === null) throw othersCame(user, iam.credential)
  return {
    values: new Map([
      [parts.id, made.id],
      [parts.secret, made.secret],
    ]),
    marks,
  }
}

/** Ends the key that an earlier `install` made and whose secret nobody heard: the one that is new since the rotation
 *  began, and that nobody ever used. @throws CONFLICT where it may be somebody else's */
export const removeUnheard = async (iam: Iam, { marks, former }: Attempt, keys: AccessKeys): Promise<void> => {
  const user = userMarked(iam, marks)
  const known = [...(marks['others'] ?? '').split(' '), iam.parts.of(former)?.id.reveal()]
  const [one, ...more] = (await keys.list(user)).filter(({ id }) => !known.includes(id))
  if (one === undefined) return
  if (more.length > 0) throw othersCame(user, iam.credential)
  const { last } = await keys.lastUse(one.id)
  if (last !== null) throw wasUsed(one.id, last, user, iam.credential)
  await keys.remove(user, one.id)
}

const spreading = ['InvalidClientTokenId', 'SignatureDoesNotMatch', 'AccessDenied']

const isKnown = ({ refused }: Answer): boolean => refused === null || !spreading.includes(refused.code)

/** STS says whose key signs, to whoever has one. Where the credential replaces itself, IAM has to know it too, which is
 *  told on its own ways. */
export const verify = async (iam: Iam, attempt: Attempt): Promise<void> => {
  const keys = iam.as(keyIn(iam, attempt.pending), attempt)
  const patience = { clock: iam.clock, signal: attempt.signal }
  const owner = userIn(granted(await patiently(() => keys.whoAmI(), isKnown, patience)))
  const user = userMarked(iam, attempt.marks)
  if (owner !== user) throw fail('CONFLICT', `the new key does not belong to ${user}`, { at: iam.credential.id })
  if (iam.parts.admin(attempt) === null) granted(await patiently(() => keys.tryList(user), isKnown, patience))
}
