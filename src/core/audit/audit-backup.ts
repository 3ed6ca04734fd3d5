import { overdueBackup } from '../backup/backup-due.ts'
import { knownBackup, type BackupStatus } from '../backup/backup-status.ts'
import { finding, type Finding } from './findings.ts'

/** Is a backup overdue? Only where somebody waits for one: a project that never had any is not told to. */
export const auditBackup = (backup: BackupStatus, now: number): readonly Finding[] => {
  const message = overdueBackup(knownBackup(backup), now)
  return message === null ? [] : [backupFinding(message)]
}

/** As alerts have it as well: it is one concern. */
export const backupFinding = (message: string): Finding =>
  finding('BACKUP-OVERDUE', { host: null, path: 'backups', message, fix: 'lockstep backup' })
