import { fail } from '../../core/errors.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import type { Step, Values } from '../../core/rotate/rotator.ts'
import { partOf, secretNamed, type Settings } from '../../core/rotators/settings.ts'
import type { Secret } from '../../core/secret.ts'
import type { AccessKey } from '../../crypto/aws-signature.ts'

/** Which secrets hold access keys: the credential's own, and that of an administrator. */
export interface KeyParts {
  /** Names of the credential's two halves. */
  readonly id: string
  readonly secret: string
  /** Null where neither half has a value. @throws CONFIG for half a key, and for what is none */
  of(values: Values): AccessKey | null
  /** Null where the credential replaces itself. @throws CONFIG where a value is missing */
  admin(step: Step): AccessKey | null
}

export const keyParts = (credential: Credential, settings: Settings): KeyParts => {
  const id = partOf(credential, settings, 'id', ['ACCESS_KEY_ID'])
  const secret = partOf(credential, settings, 'secret', ['SECRET_ACCESS_KEY'])
  const [adminId, adminSecret] = [settings.text('admin'), settings.text('admin_secret')]
  if ((adminId === null) !== (adminSecret === null)) {
    throw settings.wrong(
      adminId === null ? 'admin' : 'admin_secret',
      'is missing: an administrator’s access key has two halves',
      'admin: IAM_ADMIN_ACCESS_KEY_ID, admin_secret: IAM_ADMIN_SECRET_ACCESS_KEY',
    )
  }
  const { at } = credential.rotate
  return {
    id,
    secret,
    of: (values) => {
      const [one, other] = [values.get(id), values.get(secret)]
      if (one === undefined && other === undefined) return null
      if (one !== undefined && other !== undefined) return { id: checked(one, id, at), secret: other }
      throw missing(one === undefined ? id : secret, at, credential.group)
    },
    admin: (step) => {
      if (adminId === null || adminSecret === null) return null
      const [one, other] = [
        secretNamed(settings, 'admin', step, adminId),
        secretNamed(settings, 'admin_secret', step, adminSecret),
      ]
      return { id: checked(one, adminId, at), secret: other }
    },
  }
}

/** It goes into a header, and a slip such as both halves swapped shall not go out. */
const checked = (id: Secret, name: string, at: string): Secret => {
  if (/^\w[\w-]{3,127}$/.test(id.reveal())) return id
  throw fail('CONFIG', `${name} does not hold the id of an access key`, { at, hint: `lockstep set ${name}` })
}

export const missing = (name: string, at: string, group: string): Error =>
  fail('CONFIG', `${name} has no value`, { at, hint: `lockstep set ${name} --group ${group}` })
