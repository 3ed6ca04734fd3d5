import type { Identity } from '../core/runtime/accounts.ts'
import { fail } from '../core/errors.ts'
import { isSystem } from './system-error.ts'

/** Drops to this identity for good: supplementary groups, group, user, in this order, and proves that it holds.
 *  @throws DENIED when the system does not let us */
export const dropTo = (identity: Identity): void => {
  if (isAlready(identity)) return
  try {
    process.setgroups?.([...identity.groups])
    process.setgid?.(identity.gid)
    process.setuid?.(identity.uid)
  } catch (error) {
    if (!isSystem(error, 'EPERM', 'EINVAL')) throw error
    throw cannotDrop(identity, isSystem(error, 'EINVAL'))
  }
  if (!isAlready(identity) || canReturn(identity)) {
    throw fail('INTERNAL', 'the change of user did not hold')
  }
}

const isAlready = ({ uid, gid, groups }: Identity): boolean => {
  const now = [process.getuid?.(), process.geteuid?.()].every((id) => id === uid)
  const group = [process.getgid?.(), process.getegid?.()].every((id) => id === gid)
  const held = new Set([gid, ...(process.getgroups?.() ?? [])])
  return now && group && held.size === new Set([gid, ...groups]).size && groups.every((id) => held.has(id))
}

/** A saved uid that was left behind would let the program become root again. */
const canReturn = ({ uid }: Identity): boolean => {
  if (uid === 0) return false
  try {
    process.setuid?.(0)
    return true
  } catch (error) {
    if (isSystem(error, 'EPERM', 'EINVAL')) return false
    throw error
  }
}

const cannotDrop = (identity: Identity, unmapped: boolean): Error =>
  fail('DENIED', `cannot become user ${identity.uid}, group ${identity.gid}`, {
    hint: unmapped
      ? 'this engine is rootless or remaps users and has no such id: choose a lower one'
      : process.getuid?.() === 0
        ? 'the container lacks capabilities: add --cap-add SETUID --cap-add SETGID (they are dropped with the user)'
        : 'start as root, or leave out --user and start the container as that user',
  })
