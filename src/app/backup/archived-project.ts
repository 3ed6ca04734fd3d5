import type { Container } from '../../core/backup/container.ts'
import { passwordEntry, projectPrefix, type Contents } from '../../core/backup/contents.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { passwordFromFile } from '../../core/secrets/password.ts'
import { isOurs } from '../../crypto/backup-archive.ts'
import { openProject, type OpenProject } from '../project/open-project.ts'
import { readProject, type Project } from '../project/project.ts'
import { keyringOf, type Keyring } from './backup-keyring.ts'
import { memoryFiles } from './memory-files.ts'

/** A project as it lies in an archive, all of it decrypted and found right. */
export interface ArchivedProject {
  readonly contents: Contents
  /** Its paths are below `archiveRoot`. */
  readonly project: Project
  readonly open: OpenProject
  readonly keyring: Keyring
  /** By path from the project's root. */
  readonly files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly mode: number }>
}

const archiveRoot = '/archive'

/** Opens the project in an archive with nothing but the archive: with the password in it every file of secrets is
 *  decrypted and held against its metadata, and the list of contents against its project key.
 *  @throws TAMPERED; CONFIG */
export const openArchived = async (
  { machine }: Pick<Ports, 'machine'>,
  container: Container,
  options: { readonly at: string },
): Promise<ArchivedProject> => {
  const { contents, bodies } = container
  const all = contents.files.map(({ path, mode }, index) => ({ path, mode, bytes: bodies[index] ?? new Uint8Array() }))
  const sealed = all.find(({ path }) => path === passwordEntry)
  if (sealed === undefined) throw fail('TAMPERED', 'there is no password in this backup', options)
  const kept = all.filter(({ path }) => path.startsWith(projectPrefix))
  const files = new Map(kept.map(({ path, ...file }) => [path.slice(projectPrefix.length), file]))
  const inMemory = new Map(Array.from(files, ([path, { bytes }]) => [`${archiveRoot}/${path}`, bytes]))
  const ports = { files: memoryFiles(inMemory), machine }
  const project = await readProject(ports, archiveRoot, contents.environment)
  const open = openProject(ports, project, passwordFromFile(sealed.bytes, options))
  await open.readAll()
  const keyring = keyringOf(await open.keys())
  const isOfOne = project.manifest.project === contents.project
  if (isOfOne && keyring.some((keys) => isOurs(container, keys))) return { contents, project, open, keyring, files }
  throw fail('TAMPERED', 'its list of contents is not of the project that it holds', options)
}
