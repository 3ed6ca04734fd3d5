import type { FileChange, Ports } from '../../core/ports.ts'
import { projectKeys } from '../../crypto/fingerprint.ts'
import type { Project } from '../project/project.ts'
import type { ProjectKey } from '../project/project-key.ts'
import { keyringOf } from './backup-keyring.ts'
import { listChanges, listOrNull, listPath } from './backup-store.ts'

/** The list of backups under a new project key: it stays ours however often the key changes. Nothing where there is none,
 *  or none that is right: backup-verify tells that. */
export const resealedList = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  { before, after }: { readonly before: ProjectKey; readonly after: ProjectKey },
): Promise<readonly FileChange[]> => {
  if ((await ports.files.stat(`${project.root}/${listPath(project)}`)) === null) return []
  const list = await listOrNull(ports, project, keyringOf(projectKeys(before.root, before.former)))
  if (list === null) return []
  return listChanges(ports, project, list, keyringOf(projectKeys(after.root, after.former)))
}
