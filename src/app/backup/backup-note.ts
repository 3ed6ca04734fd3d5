import { everyOf, learnBackup } from '../../core/backup/backup-due.ts'
import type { Damage } from '../../core/backup/damage.ts'
import type { ListedBackup } from '../../core/backup/backup-list.ts'
import { noteInput, parseNote, printNote, type BackupNote } from '../../core/backup/note.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { macOfText } from '../../crypto/backup-keys.ts'
import { learn } from '../known/known-store.ts'
import type { Project } from '../project/project.ts'
import type { Keyring } from './backup-keyring.ts'

/** What hosts keep of the newest verified backup. */
export const noteOf = (project: Project, listed: ListedBackup, verified: string, keyring: Keyring): string => {
  const { number, digest, made } = listed
  const note = { project: project.manifest.project, environment: project.environment, number, digest, made, verified }
  return printNote(note, macOfText(keyring[0].list, noteInput(note)))
}

/** The newest of what hosts have, of those that who has the project key in force wrote for this environment; null: none.
 *  Under a former one somebody who has left could say that all is well. */
export const newestNote = (texts: readonly string[], project: Project, keyring: Keyring): BackupNote | null =>
  texts
    .flatMap((text) => parseNote(text) ?? [])
    .filter(({ note, mac }) => isOurs(note, mac, project, keyring))
    .map(({ note }) => note)
    .reduce<BackupNote | null>((best, one) => (best === null || one.verified > best.verified ? one : best), null)

const isOurs = (note: BackupNote, mac: string, project: Project, keyring: Keyring): boolean =>
  note.project === project.manifest.project &&
  note.environment === project.environment &&
  new Secret(macOfText(keyring[0].list, noteInput(note))).equals(new Secret(mac))

export interface VerifiedNow {
  readonly isGood: boolean
  /** Was one ever made here? */
  readonly isUsed: boolean
  readonly damage: readonly Damage[]
}

/** For alerts and metrics on this machine: what was found wrong, and whether one was read back whole just now. */
export const learnVerified = async (
  ports: Pick<Ports, 'files' | 'machine' | 'clock'>,
  project: Project,
  { isGood, isUsed, damage }: VerifiedNow,
): Promise<void> => {
  const now = ports.clock.now()
  const seen = { at: isGood ? now : null, damage, every: everyOf(project.manifest.backup.every, isUsed) }
  await learn(ports, project, (known) => ({ ...known, backup: learnBackup(known.backup, seen, now) }))
}
