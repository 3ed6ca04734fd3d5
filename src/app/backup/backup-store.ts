import {
  emptyList,
  isArchiveName,
  listInput,
  listName,
  parseList,
  printList,
  type BackupList,
} from '../../core/backup/backup-list.ts'
import { longestArchive } from '../../core/backup/belongs.ts'
import { fail, hasCode } from '../../core/errors.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import type { FileChange, Files, Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { macOfText } from '../../crypto/backup-keys.ts'
import { highestSeen, rememberSeen } from '../project/highest-seen.ts'
import type { Project } from '../project/project.ts'
import type { Keyring } from './backup-keyring.ts'

/** From the project's root. */
export const backupsFolder = 'backups'

/** An archive is what it holds, and what age adds to it. */

export const listPath = ({ environment }: Pick<Project, 'environment'>): string =>
  `${backupsFolder}/${listName(environment)}`

/** What is known of the backups that were made here. An empty list where there is none.
 *  @throws TAMPERED for one that nobody with the project key wrote */
export const readList = async (
  { files }: Pick<Ports, 'files'>,
  project: Project,
  keyring: Keyring,
): Promise<BackupList> => {
  const at = listPath(project)
  const bytes = await files.read(`${project.root}/${at}`, { under: project.root, max: 16 * 1024 * 1024 })
  const { environment } = project
  if (bytes === null) return emptyList(project.manifest.project, environment)
  const { list, mac } = parseList(new TextDecoder().decode(bytes), at)
  const isOfKey = keyring.some((keys) => new Secret(macOfText(keys.list, listInput(list))).equals(new Secret(mac)))
  if (isOfKey && list.project === project.manifest.project && list.environment === environment) return list
  throw fail('TAMPERED', 'the list of backups was changed by hand, or is of another project', {
    at,
    hint: `the archives beside it stay good: rm ${at}, then lockstep backup makes a new list`,
  })
}

/** The change that writes it, and what keeps git from the archives. */
export const listChanges = async (
  { files }: Pick<Ports, 'files'>,
  project: Project,
  list: BackupList,
  keyring: Keyring,
): Promise<readonly FileChange[]> => {
  const encoder = new TextEncoder()
  const ignore = `${backupsFolder}/.gitignore`
  const isIgnored = (await files.stat(`${project.root}/${ignore}`)) !== null
  return [
    ...(isIgnored ? [] : [{ path: ignore, bytes: encoder.encode('*\n'), mode: 0o644 }]),
    { path: listPath(project), bytes: encoder.encode(printList(list, macOfText(keyring[0].list, listInput(list)))) },
  ]
}

/** Null when it is not there. */
export const readArchive = (
  { files }: { readonly files: Pick<Files, 'read'> },
  project: Pick<Project, 'root'>,
  name: string,
): Promise<Uint8Array | null> =>
  files.read(`${project.root}/${backupsFolder}/${name}`, { under: project.root, max: longestArchive })

/** Archives by any name, those of other environments aside; the list and what we put beside it is not among them. */
export const presentArchives = async (
  { files }: Pick<Ports, 'files'>,
  project: Project,
): Promise<readonly string[]> => {
  const { manifest, environment } = project
  const others = [defaultEnvironment, ...manifest.environments].filter((one) => one !== environment)
  const isOthers = (name: string): boolean =>
    others.some((one) => isArchiveName({ project: manifest.project, environment: one }, name) || name === listName(one))
  const names = (await files.list(`${project.root}/${backupsFolder}`)) ?? []
  return names.filter((name) => name !== '.gitignore' && name !== listName(environment) && !isOthers(name))
}

/** Number of the newest backup that was ever seen here, kept outside the project; 0: none. */
export const seenNumber = (ports: Pick<Ports, 'files' | 'machine'>, project: Project): Promise<number> =>
  highestSeen(ports, 'backup', project)

export const rememberNumber = (
  ports: Pick<Ports, 'files' | 'machine'>,
  project: Project,
  number: number,
): Promise<void> => rememberSeen(ports, 'backup', project, number)

/** The list as it is by then, changed under the project's lock. */
export const changeList = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  keyring: Keyring,
  change: (list: BackupList) => { readonly list: BackupList; readonly files?: readonly FileChange[] },
): Promise<BackupList> =>
  ports.files.locked(project.paths.lock, async () => {
    await ports.files.recover(project.root)
    const { list, files = [] } = change(await readList(ports, project, keyring))
    await ports.files.transact(project.root, [...files, ...(await listChanges(ports, project, list, keyring))])
    return list
  })

/** A list that cannot be read is told where it matters; here it only means that nothing is known. */
export const listOrNull = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  keyring: Keyring,
): Promise<BackupList | null> => {
  try {
    return await readList(ports, project, keyring)
  } catch (error) {
    if (hasCode(error, 'TAMPERED', 'CONFLICT')) return null
    throw error
  }
}
