import type { BackupList } from '../../core/backup/backup-list.ts'
import { awayOf } from '../../core/backup/prune-plan.ts'
import type { Ports } from '../../core/ports.ts'
import type { RecoveryRecipient } from '../../core/secrets/metadata.ts'
import type { OpenProject } from '../project/open-project.ts'
import { keyringOf } from './backup-keyring.ts'
import { readList } from './backup-store.ts'

export interface ListedBackups {
  readonly list: BackupList
  /** Null: none was made yet. */
  readonly recovery: RecoveryRecipient | null
  /** There are some, and all of them on this machine alone, though lockstep.yaml does not say that it is to be so. */
  readonly isAlone: boolean
}

/** `lockstep backup list`. @throws TAMPERED for a list that nobody with the project key wrote */
export const listBackups = async (
  ports: Pick<Ports, 'files'>,
  open: Pick<OpenProject, 'project' | 'keys' | 'metadata'>,
): Promise<ListedBackups> => {
  const list = await readList(ports, open.project, keyringOf(await open.keys()))
  const isMeant = open.project.manifest.backup.copies === 0
  return {
    list,
    recovery: (await open.metadata()).recovery,
    isAlone: !isMeant && list.backups.length > 0 && awayOf(list).size === 0,
  }
}
