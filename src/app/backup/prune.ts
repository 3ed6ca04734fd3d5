import type { BackupList } from '../../core/backup/backup-list.ts'
import { awayOf, planPrune, type PrunePlan } from '../../core/backup/prune-plan.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { Project } from '../project/project.ts'
import { backupsFolder, changeList, readList } from './backup-store.ts'
import type { Keyring } from './backup-keyring.ts'
import { verifyHere } from './verify-here.ts'

/** Which go and which stay, after every one was read and decrypted. `isMaking`: the newest gets its copies with this run,
 *  and what waits for hosts is told then. Writes nothing. @throws USAGE for `keep` of 0 */
export const planPruneHere = async (
  ports: Pick<Ports, 'files' | 'machine' | 'clock'>,
  project: Project,
  keyring: Keyring,
  { keep, isMaking = false }: { readonly keep: number; readonly isMaking?: boolean },
): Promise<PrunePlan> => {
  if (keep < 1) throw fail('USAGE', '--keep must be 1 or more', { hint: 'the last backup that verifies always stays' })
  const { list, good } = await verifyHere(ports, project, keyring)
  return planPrune(list.backups, keep, { good, away: isMaking ? null : awayOf(list) })
}

/** Removes them here, together with their lines in the list, which is given back. */
export const pruneHere = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  keyring: Keyring,
  { remove }: PrunePlan,
): Promise<BackupList> => {
  if (remove.length === 0) return readList(ports, project, keyring)
  return changeList(ports, project, keyring, (list) => ({
    list: {
      ...list,
      backups: list.backups.filter(({ name }) => !remove.includes(name)),
      damage: list.damage.filter(({ name }) => !remove.includes(name)),
    },
    files: remove.map((name) => ({ path: `${backupsFolder}/${name}`, bytes: null })),
  }))
}
