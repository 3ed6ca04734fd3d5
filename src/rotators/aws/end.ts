import type { Attempt } from '../../core/rotate/rotator.ts'
import type { AccessKeys } from './access-keys.ts'
import { isGone, stillUsed } from './findings.ts'
import { removeUnheard } from './make.ts'
import { asked, userMarked, type Iam } from './whose.ts'

/** AWS's clock and ours, and how exact it is about times. */
const inexact = 5 * 60_000

/** Inactive first, which can be undone; then deleted, unless somebody used it in a time in which nobody of ours had it
 *  any more. In an emergency a first call leaves it inactive, and one more deletes it. */
export const retire = async (iam: Iam, attempt: Attempt): Promise<void> => {
  const { parts, credential } = iam
  const id = parts.of(attempt.former)?.id.reveal()
  const next = parts.of(attempt.pending)?.id.reveal()
  if (id === undefined) return
  const keys = asked(iam, attempt, attempt.pending)
  const user = userMarked(iam, attempt.marks)
  const listed = await keys.list(user)
  // the last key that works is never ended
  if (id === next || !listed.some((key) => key.id === next && key.isActive)) throw isGone(user, credential)
  const old = listed.find((key) => key.id === id)
  if (old === undefined) return
  if (old.isActive) {
    await keys.activate(user, id, false)
    if (attempt.isEmergency) return
  }
  if (!attempt.isEmergency) await refuseWhereUsed(iam, keys, { id, user })
  await keys.remove(user, id)
}

/** Retiring waits for `overlap` after the last host had proved the new key: whoever used the old one since, is not ours.
 *  An inactive one is used by nobody, so that another `overlap` later it can go. */
const refuseWhereUsed = async (
  { credential, clock }: Iam,
  keys: AccessKeys,
  { id, user }: { readonly id: string; readonly user: string },
): Promise<void> => {
  const { last } = await keys.lastUse(id)
  const since = clock.now() - (credential.rotate.overlap ?? 0) + inexact
  if (last !== null && since < clock.now() && last.at > since) throw stillUsed(last, user, credential)
}

export const withdraw = async (iam: Iam, attempt: Attempt): Promise<void> => {
  const { parts } = iam
  const user = userMarked(iam, attempt.marks)
  const id = parts.of(attempt.former)?.id.reveal()
  const next = parts.of(attempt.pending)?.id.reveal()
  const keys = await whoeverMay(iam, attempt)
  const isEnded = (await keys.list(user)).some((key) => key.id === id && !key.isActive)
  if (id !== undefined && isEnded && attempt.marks['old'] === 'active') await keys.activate(user, id, true)
  if (next === undefined) return removeUnheard(iam, attempt, keys)
  if (next !== id) await keys.remove(user, next)
}

/** `retire` may have made the old key inactive: then the new one undoes that, and ends itself. */
const whoeverMay = async (iam: Iam, attempt: Attempt): Promise<AccessKeys> => {
  const keys = asked(iam, attempt, attempt.former)
  const pending = iam.parts.of(attempt.pending)
  if (iam.parts.admin(attempt) !== null || pending === null) return keys
  const { refused } = await keys.whoAmI()
  return refused === null ? keys : iam.as(pending, attempt)
}
