import { fail } from '../../core/errors.ts'
import { checkPasswordStrength } from '../../core/secrets/password.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { halfDoneNotes } from '../../core/rotate/rotation-notes.ts'
import { seenJournal } from '../rotate/seen-journal.ts'
import { newPassword } from './new-secrets.ts'
import { openProject, type OpenProject } from './open-project.ts'
import { passwordPlaces, type PasswordPlaces } from './password-places.ts'
import { readBack, sealEverything } from './rekey-seal.ts'
import { readEverything, withOptions, type Everything } from './rekey-state.ts'

export type RekeyPorts = Pick<Ports, 'files' | 'random' | 'machine'>

export interface RekeyOptions {
  /** Null: a generated one of 256 bits. */
  readonly password?: Secret | null
  /** Also a new project key: who knew the old one can no longer compare fingerprints, or forge the metadata. */
  readonly projectKey?: boolean
  /** The operator who gets no file any more. */
  readonly without?: string
}

export interface Rekeyed {
  readonly password: Secret
  /** Everything that was written or removed, from the root. */
  readonly files: readonly string[]
  readonly operators: readonly string[]
  readonly passwordFiles: readonly string[]
  /** Backups are made for a recovery identity, which names the project key of its time. */
  readonly hasRecovery: boolean
  /** What else gives the password and now has to be changed by hand. */
  readonly elsewhere: string | null
  /** Their values are what they were: a new key over them is no new secret. */
  readonly secrets: readonly { readonly name: string; readonly group: string; readonly host: string | null }[]
  /** A rotation that is half-done, as last seen from here: its journal stays readable, and it goes on as before. */
  readonly notes: readonly string[]
}

/** A new project password for all that is sealed with it, as one change: every file of secrets, the fingerprint key, the
 *  operators' files and the password file. Everything is opened before anything is written, and read back after.
 *  @throws USAGE when the new password could not be put where the old one is; UNSAFE for a weak one, or when nobody
 *  would have it; TAMPERED when a file is not as the metadata say: nothing is written then */
export const rekeyProject = async (
  ports: RekeyPorts,
  { project, password: old }: Pick<OpenProject, 'project' | 'password'>,
  options: RekeyOptions = {},
): Promise<Rekeyed> => {
  const places = await passwordPlaces(ports, project)
  const password = chooseNew(ports, old, places, options)
  return ports.files.locked(project.paths.lock, async () => {
    await ports.files.recover(project.root)
    const open = openProject(ports, project, old)
    const before = await readEverything(ports, open)
    const notes = halfDoneNotes(await seenJournal(ports, open))
    const after = withOptions(before, options, ports)
    if (after.metadata.operators.size === 0 && places.files.length === 0 && places.elsewhere === null) {
      throw fail('UNSAFE', 'nobody would have the new password', {
        hint: 'add an operator first, or make .vault-password',
      })
    }
    const sealed = await sealEverything(ports, project, password, before, after, places)
    const changes = [...sealed, ...(await backupsUnder(ports, project, before, after))]
    await ports.files.transact(project.root, changes)
    await readBack(ports, project.root, changes)
    return {
      password,
      files: changes.map(({ path }) => path),
      operators: Array.from(after.metadata.operators.keys()).sort(),
      passwordFiles: places.files,
      hasRecovery: after.metadata.recovery !== null,
      elsewhere: places.elsewhere,
      secrets: before.files.flatMap(({ values, group, host }) =>
        Array.from(values.keys(), (name) => ({ name, group, host })),
      ),
      notes,
    }
  })
}

/** Loaded where the project key changes, which is seldom. */
const backupsUnder = async (
  ports: Pick<Ports, 'files'>,
  project: OpenProject['project'],
  before: Everything,
  after: Everything,
): Promise<readonly FileChange[]> => {
  if (before.key === after.key) return []
  const { resealedList } = await import('../backup/reseal-list.ts')
  return resealedList(ports, project, { before: before.key, after: after.key })
}

const chooseNew = (
  ports: Pick<Ports, 'random'>,
  old: Secret,
  places: PasswordPlaces,
  { password = null }: RekeyOptions,
): Secret => {
  if (password === null) {
    if (places.elsewhere === null) return new Secret(newPassword(ports))
    throw fail('USAGE', `the project password comes from ${places.elsewhere}, where lockstep cannot put a new one`, {
      hint: 'lockstep rekey --new-password-file FILE, and put the same there',
    })
  }
  if (password.equals(old))
    throw fail('USAGE', 'the new password is the old one', { hint: 'lockstep rekey alone makes one' })
  checkPasswordStrength(password, { at: 'the new password' })
  return password
}
