import type { Damage } from '../../core/backup/damage.ts'
import { ofList } from '../../core/backup/judge-archives.ts'
import { backupStatus, type BackupStatus } from '../../core/backup/backup-status.ts'
import type { Ports } from '../../core/ports.ts'
import type { FleetTruth } from '../fleet/fleet-truth.ts'
import type { OpenProject } from '../project/open-project.ts'
import { keyringOf } from './backup-keyring.ts'
import { newestNote } from './backup-note.ts'
import { listOrNull, listPath } from './backup-store.ts'

/** What this clone and the notes on the hosts say of the newest verified backup: the one thing that is known of
 *  backups, from which status, audit, alerts and metrics are made. */
export const knownBackups = async (
  ports: Pick<Ports, 'files' | 'clock'>,
  open: Pick<OpenProject, 'project' | 'keys' | 'metadata'>,
  { truth }: { readonly truth: Pick<FleetTruth, 'targets' | 'facts'> },
): Promise<BackupStatus> => {
  const { project } = open
  const keyring = keyringOf(await open.keys())
  const list = await listOrNull(ports, project, keyring)
  const isUnreadable: Damage = {
    host: null,
    kind: 'unreadable',
    name: ofList,
    message: `${listPath(project)} does not hold`,
  }
  const here = (list?.backups ?? []).flatMap(({ made, verified }) => (verified === null ? [] : [{ made, verified }]))
  const texts = truth.targets().flatMap((host) => truth.facts(host)?.backup ?? [])
  const note = newestNote(texts, project, keyring)
  return backupStatus([...here, ...(note === null ? [] : [note])], await open.metadata(), {
    now: ports.clock.now(),
    every: project.manifest.backup.every,
    isUsed: list !== null && list.last !== null,
    damage: list === null ? [isUnreadable] : list.damage,
  })
}
