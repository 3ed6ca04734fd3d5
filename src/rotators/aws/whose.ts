import { fail } from '../../core/errors.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import type { Held, Marks, Step, Values } from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import type { AccessKey } from '../../crypto/aws-signature.ts'
import { userIn, type AccessKeys } from './access-keys.ts'
import { missing, type KeyParts } from './key-parts.ts'
import { granted } from './query.ts'

/** What all steps share. */
export interface Iam {
  readonly credential: Credential
  readonly parts: KeyParts
  readonly clock: RotatorPorts['clock']
  /** Of the settings. */
  readonly user: string | null
  /** What can be asked with a signature by this key. */
  as(key: AccessKey, step: Step): AccessKeys
}

/** Asks as the administrator, where there is one, else as the credential itself with these values.
 *  @throws CONFIG where there is no key to ask with */
export const asked = (iam: Iam, step: Step, values: Values): AccessKeys =>
  iam.as(iam.parts.admin(step) ?? keyIn(iam, values), step)

/** @throws CONFIG where there is none */
export const keyIn = ({ parts, credential: { rotate, group } }: Iam, values: Values): AccessKey => {
  const key = parts.of(values)
  if (key !== null) return key
  throw missing(parts.id, rotate.at, group)
}

/** The user whose keys these are: the setting, else whose the key in force is. @throws CONFIG */
export const userOf = async (iam: Iam, held: Held, keys: AccessKeys): Promise<string> => {
  if (iam.user !== null) return iam.user
  const { parts, credential } = iam
  const key = parts.of(held.values)
  const wrong = (message: string): Error =>
    fail('CONFIG', message, { at: credential.rotate.at, hint: 'rotate: { user: NAME }' })
  if (key === null) throw wrong('user: is missing, and there is no key yet that could tell')
  if (parts.admin(held) !== null) return (await keys.lastUse(key.id.reveal())).user
  const user = userIn(granted(await keys.whoAmI()))
  if (user === null) throw wrong(`${parts.id} belongs to no IAM user: keys of the account itself are left alone`)
  return user
}

/** @throws CONFLICT where the marks are not ours */
export const userMarked = ({ credential }: Iam, { user }: Marks): string => {
  if (user !== undefined) return user
  throw fail('CONFLICT', 'nothing is recorded about whose keys are rotated', { at: credential.id })
}
