import type { Step } from '../../core/rotate/rotator.ts'
import { secretNamed, type Settings } from '../../core/rotators/settings.ts'
import type { Account } from './accounts.ts'

export const adminSettings: readonly string[] = ['admin', 'admin_user']

/** An administrator. */
export interface Admin extends Account {
  /** Name of the secret that holds the password. */
  readonly secret: string
}

/** Who changes users: null where the user changes its own password. */
export type AdminOf = ((step: Step) => Admin) | null

/** @throws CONFIG, also when called: where the project has no such secret */
export const adminIn = (settings: Settings, isNeeded: boolean): AdminOf => {
  const [secret, user] = [settings.text('admin'), settings.text('admin_user')]
  if (secret === null) {
    if (user === null && !isNeeded) return null
    const example = 'admin: DB_ADMIN_PASSWORD names a secret, in a group that no container is given'
    throw settings.wrong('admin', 'is missing: nobody may change the users', example)
  }
  if (user === null) throw settings.wrong('admin_user', 'is missing: who logs in with admin', 'admin_user: rotator')
  return (step) => ({ user, secret, password: secretNamed(settings, 'admin', step, secret) })
}
