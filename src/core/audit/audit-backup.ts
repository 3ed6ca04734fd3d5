import { overdueBackup, type KnownBackup } from '../backup/backup-due.ts'
import { knownBackup, type BackupStatus } from '../backup/backup-status.ts'
import { damageFix, damagePlace } from '../backup/damage.ts'
import { finding, type Finding } from './findings.ts'

/** Is a backup overdue, or damaged? Overdue only where somebody waits for one: a project that never had any is not told
 *  to. */
export const auditBackup = (backup: BackupStatus, now: number): readonly Finding[] =>
  backupFindings(knownBackup(backup), now)

/** As alerts have them as well: each is one concern. */
export const backupFindings = (backup: KnownBackup, now: number): readonly Finding[] => {
  const message = overdueBackup(backup, now)
  const overdue = { host: null, path: 'backups', fix: 'lockstep backup' }
  return [
    ...(message === null ? [] : [finding('BACKUP-OVERDUE', { ...overdue, message })]),
    ...backup.damage.map((one) =>
      finding('BACKUP-DAMAGED', {
        host: null,
        path: damagePlace(one),
        message: `${one.kind}: ${one.message}`,
        fix: damageFix(one),
      }),
    ),
  ]
}
