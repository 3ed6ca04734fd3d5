import { newestOf } from '../../core/backup/backup-list.ts'
import { hasCode } from '../../core/errors.ts'
import type { Witness } from '../../core/log/witnesses.ts'
import type { Ports } from '../../core/ports.ts'
import type { ProjectKeys } from '../../crypto/fingerprint.ts'
import type { Project } from '../project/project.ts'
import { keyringOf, openOwnArchive } from './backup-keyring.ts'
import { listOrNull, readArchive } from './backup-store.ts'
import { witnessOf } from './verify-here.ts'

/** What the newest archive here has seen of the access log: it was made with its end at that time. None where it is not
 *  there or does not open, which is `backup-verify`'s to tell. */
export const newestWitness = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  keys: ProjectKeys,
): Promise<readonly Witness[]> => {
  const keyring = keyringOf(keys)
  const list = await listOrNull(ports, project, keyring)
  const newest = list === null ? null : newestOf(list)
  if (newest === null) return []
  try {
    const bytes = await readArchive(ports, project, newest.name)
    return bytes === null ? [] : witnessOf(newest.name, await openOwnArchive(bytes, keyring, { at: newest.name }))
  } catch (error) {
    if (hasCode(error, 'TAMPERED', 'CONFLICT', 'UNSAFE', 'UNAVAILABLE', 'DENIED')) return []
    throw error
  }
}
