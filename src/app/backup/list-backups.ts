import type { BackupList } from '../../core/backup/backup-list.ts'
import type { Ports } from '../../core/ports.ts'
import type { RecoveryRecipient } from '../../core/secrets/metadata.ts'
import type { OpenProject } from '../project/open-project.ts'
import { keyringOf } from './backup-keyring.ts'
import { readList } from './backup-store.ts'

export interface ListedBackups {
  readonly list: BackupList
  /** Null: none was made yet. */
  readonly recovery: RecoveryRecipient | null
}

/** `lockstep backup list`. @throws TAMPERED for a list that nobody with the project key wrote */
export const listBackups = async (
  ports: Pick<Ports, 'files'>,
  open: Pick<OpenProject, 'project' | 'keys' | 'metadata'>,
): Promise<ListedBackups> => ({
  list: await readList(ports, open.project, keyringOf(await open.keys())),
  recovery: (await open.metadata()).recovery,
})
