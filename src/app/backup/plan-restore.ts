import { newerThan } from '../../core/backup/newer.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { fail, hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import { few, quoteName } from '../../core/names.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import type { Metadata } from '../../core/secrets/metadata.ts'
import { parseMetadata } from '../../core/secrets/metadata-text.ts'
import { endedIn } from '../../core/rotate/ended.ts'
import { halfDoneNotes } from '../../core/rotate/rotation-notes.ts'
import { seenJournal } from '../rotate/seen-journal.ts'
import { listGroupFiles } from '../secrets/group-file.ts'
import { checkPinned, pinPath } from '../project/pinned-key.ts'
import { manifestName, pathsOf, type Project } from '../project/project.ts'
import { parseProjectKey } from '../project/project-key.ts'
import { openVault } from '../../crypto/ansible-vault.ts'
import type { ArchivedProject } from './archived-project.ts'
import { backupsFolder } from './backup-store.ts'
import { rememberedPaths } from './collect-files.ts'
import { onlyRead } from './memory-files.ts'

export interface RestorePlan {
  readonly directory: string
  /** What is to be written or removed there. */
  readonly changes: readonly FileChange[]
  /** Files that are there as the backup has them. */
  readonly same: number
  /** What would be lost, in words; empty: nothing. */
  readonly newer: readonly string[]
  /** Where the password goes, from the root. */
  readonly passwordFile: string
  readonly notes: readonly string[]
}

export interface RestorePlace {
  readonly directory: string
  /** Files there that the person brought along for this: the archive, the identity. */
  readonly brought: readonly string[]
}

/** What a restore would change. Writes nothing.
 *  @throws CONFLICT for a directory that is neither empty nor this project's */
export const planRestore = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  archived: ArchivedProject,
  { directory, brought }: RestorePlace,
): Promise<RestorePlan> => {
  const { files, contents } = archived
  const others = await inTheWay(ports, directory, brought)
  const isEmpty = others.length === 0
  if (!isEmpty) await checkSameProject(ports, archived, { directory, others })
  const target = projectAt(ports, archived, directory)
  const { path: passwordFile, notes } = passwordPlace(archived, target)
  const wanted = new Map(files)
  wanted.set(passwordFile, { bytes: new TextEncoder().encode(`${archived.open.password.reveal()}\n`), mode: 0o600 })
  // what is remembered there is never put back: it tells an old state from a new one
  for (const group of rememberedPaths(ports, target, [...wanted.keys()])) {
    const there = await Promise.all(group.map((path) => ports.files.stat(`${directory}/${path}`)))
    if (there.some((facts) => facts !== null)) for (const path of group) wanted.delete(path)
  }
  const differing = await differingFiles(ports, directory, wanted)
  const stale = isEmpty ? [] : await listGroupFiles(ports, target)
  const removed = stale
    .map((path) => `${target.paths.secretsName}/${path}`)
    .filter((path) => !wanted.has(path))
    .map((path): FileChange => ({ path, bytes: null }))
  return {
    directory,
    changes: [...differing.map(({ path, bytes, mode }) => ({ path, bytes, mode })), ...removed],
    same: wanted.size - differing.length,
    newer: [
      ...(isEmpty ? [] : await newerSecrets(ports, archived, target)),
      ...laterFiles(differing, Date.parse(contents.made)),
      ...(await newerKey(ports, archived, target)),
    ],
    passwordFile,
    notes: [...notes, ...(await notesOfRotations(ports, archived, target))],
  }
}

/** As this place last saw the fleet; of another project key it says nothing. */
const notesOfRotations = async (
  ports: Pick<Ports, 'files'>,
  { open }: ArchivedProject,
  target: Project,
): Promise<readonly string[]> => {
  const journal = await seenJournal(ports, { project: target, keys: open.keys })
  const ended = endedIn(journal, await open.metadata())
  return [
    ...halfDoneNotes(journal),
    ...(ended.length === 0
      ? []
      : [
          `${few(ended)}: rotated since this backup, and the value in it is ended upstream: a newer backup has the one in force`,
        ]),
  ]
}

/** The archived project as it will be in its place. */
export const projectAt = ({ machine }: Pick<Ports, 'machine'>, { project }: ArchivedProject, root: string): Project => {
  const { environment } = project
  return { ...project, root, paths: pathsOf(root, environment), pin: pinPath(machine, root, environment) }
}

/** A fresh clone of nothing, and what was brought along, do not count. */
const inTheWay = async (
  { files }: Pick<Ports, 'files'>,
  directory: string,
  brought: readonly string[],
): Promise<readonly string[]> => {
  const names = ((await files.list(directory)) ?? []).filter(
    (name) =>
      !['.git', '.lockstep', backupsFolder, 'lost+found'].includes(name) && !brought.includes(`${directory}/${name}`),
  )
  const holding = await Promise.all(names.map((name) => holdsFiles({ files }, `${directory}/${name}`)))
  return names.filter((_, index) => holding[index] === true)
}

/** Empty directories are what a restore leaves that was killed before it had begun. */
const holdsFiles = async ({ files }: Pick<Ports, 'files'>, path: string): Promise<boolean> => {
  if ((await files.stat(path))?.kind !== 'directory') return true
  for (const name of (await files.list(path)) ?? []) if (await holdsFiles({ files }, `${path}/${name}`)) return true
  return false
}

const checkSameProject = async (
  { files }: Pick<Ports, 'files'>,
  { contents }: ArchivedProject,
  { directory, others }: { readonly directory: string; readonly others: readonly string[] },
): Promise<void> => {
  const bytes = await files.read(`${directory}/${manifestName}`, { max: 1024 * 1024 })
  const hint = `lockstep restore … --to ${pathWord(directory)}/restored, or any other directory that is empty`
  if (bytes === null) {
    throw fail('CONFLICT', `this directory is not empty: it has ${few(others.map(quoteName))}`, { at: directory, hint })
  }
  const name = /^project:\s*["']?([a-z0-9_-]+)["']?\s*(#.*)?$/m.exec(new TextDecoder().decode(bytes))?.[1]
  if (name === contents.project) return
  throw fail('CONFLICT', `this directory has another project than ${contents.project}`, { at: directory, hint })
}

/** Where projectPassword looks for it in the restored project, as far as that is below its root. */
const passwordPlace = (
  { contents, project }: ArchivedProject,
  target: Project,
): { readonly path: string; readonly notes: readonly string[] } => {
  const usual = target.paths.password.slice(target.root.length + 1)
  const source = project.manifest.password
  if (source === null) return { path: usual, notes: [] }
  if (source.kind === 'file' && !/^[/~]|(^|\/)\.\.?(\/|$)/.test(source.path)) return { path: source.path, notes: [] }
  const flag = contents.environment === defaultEnvironment ? '' : ` -E ${contents.environment}`
  const says = `lockstep.yaml takes the project password from elsewhere: put there what is in ${usual}`
  return { path: usual, notes: [`${says}; until then LOCKSTEP_PASSWORD_FILE=${usual} lockstep list${flag}`] }
}

interface Differing {
  readonly path: string
  readonly bytes: Uint8Array
  readonly mode: number
  /** Milliseconds since 1970; null: it is not there. */
  readonly modifiedAt: number | null
}

const differingFiles = async (
  { files }: Pick<Ports, 'files'>,
  directory: string,
  wanted: ArchivedProject['files'],
): Promise<readonly Differing[]> => {
  const found: Differing[] = []
  for (const [path, { bytes, mode }] of wanted) {
    const full = `${directory}/${path}`
    const facts = await files.stat(full)
    if (facts !== null && facts.kind !== 'file') {
      throw fail('UNSAFE', `a ${facts.kind} is where a file of the backup belongs`, { at: full })
    }
    const live = facts === null ? null : await files.read(full, { under: directory })
    if (live !== null && Buffer.from(live).equals(bytes)) continue
    found.push({ path, bytes, mode, modifiedAt: facts?.modifiedAt ?? null })
  }
  return found
}

/** The metadata there as they are read, whatever their MAC: this only decides whether to ask. */
const newerSecrets = async (
  { files }: Pick<Ports, 'files'>,
  { open }: ArchivedProject,
  target: Project,
): Promise<readonly string[]> => {
  const bytes = await files.read(target.paths.metadata, { under: target.root })
  if (bytes === null) return []
  let live: Metadata
  try {
    live = parseMetadata(new TextDecoder().decode(bytes), target.paths.metadata).metadata
  } catch (error) {
    if (hasCode(error, 'TAMPERED', 'CONFLICT', 'CONFIG'))
      return ['the metadata there cannot be read: they may be newer']
    throw error
  }
  return newerThan(live, await open.metadata())
}

const laterFiles = (differing: readonly Differing[], made: number): readonly string[] => {
  const later = differing.filter(({ modifiedAt }) => modifiedAt !== null && modifiedAt > made + 999)
  const names = later.map(({ path }) => quoteName(path))
  return names.length === 0 ? [] : [`changed here since the backup: ${few(names)}`]
}

/** A newer project key has been in use in this place: somebody left since. */
const newerKey = async (
  { files }: Pick<Ports, 'files'>,
  { open, files: kept }: ArchivedProject,
  target: Project,
): Promise<readonly string[]> => {
  const at = `${target.paths.secretsName}/fingerprint-key`
  const sealed = kept.get(at)?.bytes ?? new Uint8Array()
  const key = parseProjectKey(new TextDecoder().decode((await openVault(sealed, open.password, { at })).plaintext), at)
  try {
    await checkPinned({ files: onlyRead(files) }, target, { key, at })
    return []
  } catch (error) {
    if (hasCode(error, 'TAMPERED')) return ['another project key has been in use here since']
    throw error
  }
}
