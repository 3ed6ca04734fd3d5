import { fail } from '../../core/errors.ts'
import { checkFile, checkList, problemError } from '../../core/secrets/metadata-check.ts'
import type { Metadata } from '../../core/secrets/metadata.ts'
import { groupPath, placesOf } from '../../core/secrets/metadata.ts'
import { parseMetadata } from '../../core/secrets/metadata-text.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import type { ProjectKeys } from '../../crypto/fingerprint.ts'
import { projectKeys } from '../../crypto/fingerprint.ts'
import { checkMetadata } from '../../crypto/metadata-mac.ts'
import type { GroupFile } from '../secrets/group-file.ts'
import { fingerprintsOf, listGroupFiles, openGroupFile, shownPath } from '../secrets/group-file.ts'
import type { KeptKey } from './kept-key.ts'
import { checkPinned } from './pinned-key.ts'
import type { Project } from './project.ts'
import { parseProjectKey } from './project-key.ts'
import { notReady, projectKeyReader } from './read-project-key.ts'
import type { Names } from '../../core/log/entry.ts'

/** The project's secrets as they were at one moment, opened as far as they are asked for, each checked against the
 *  metadata before anything of it is handed out. */
export interface OpenProject {
  readonly project: Project
  readonly password: Secret
  keys(): Promise<ProjectKeys>
  /** Checked by its MAC. @throws TAMPERED; CONFLICT; NOT_FOUND when the project has none yet */
  metadata(): Promise<Metadata>
  /** Null when there is no such file. @throws TAMPERED naming file and secrets */
  readGroup(group: string, host?: string | null): Promise<GroupFile | null>
  /** The same by path below the secrets directory. */
  readPath(path: string): Promise<GroupFile | null>
  /** Every file, and the list of files itself. @throws TAMPERED */
  readAll(): Promise<readonly GroupFile[]>
  /** What has been handed out so far. */
  opened(): Names
  /** Where a secret probably is, from the metadata before its MAC is checked: what to start opening. */
  guessPaths(name: string): Promise<readonly string[]>
}

/** With `kept`, a key that was kept spares the derivation for the project's own. */
export const openProject = (
  ports: Pick<Ports, 'files'>,
  project: Project,
  password: Secret,
  kept: KeptKey | null = null,
): OpenProject => {
  const at = shownPath(project, 'metadata.yaml')
  const sealed = once(async () => parseMetadata(await readMetadataText(ports, project), at))
  const groups = oncePerPath((path) => openGroupFile(ports, project, path, password))
  const { key, willNeed, found } = projectKeyReader(ports, { project, password, kept, groups })
  const keys = once(async () => keysOf(ports, await key(), project))
  const metadata = once(async () => {
    const [parsed, { metadata: mac }] = await Promise.all([sealed(), keys()])
    return checkOwner(checkMetadata(parsed, mac, { at }), project)
  })
  const handedOut = new Map<string, GroupFile>()
  const readPath = async (path: string): Promise<GroupFile | null> => {
    willNeed(path)
    const [group, known, { fingerprint }] = await together(groups(path), metadata(), keys())
    if (group === null) {
      if (!known.files.has(path)) return null
      throw problemError({ kind: 'dropped', path, secrets: [], from: null }, project.paths.secretsName)
    }
    const problem = checkFile(known, path, fingerprintsOf(group.file, fingerprint))
    if (problem !== null) throw problemError(problem, project.paths.secretsName)
    await found(path, group)
    handedOut.set(path, group.file)
    return group.file
  }
  return {
    project,
    password,
    keys,
    metadata,
    readPath,
    opened: () => namesIn([...handedOut.values()]),
    readGroup: (group, host = null) => readPath(groupPath(group, host)),
    readAll: async () => {
      const [known, present] = await Promise.all([metadata(), listGroupFiles(ports, project)])
      const [problem] = checkList(known, present)
      if (problem !== undefined) throw problemError(problem, project.paths.secretsName)
      const all = await Promise.allSettled(present.map(readPath))
      // the first in the order of names, so that the same fault is always told in the same words
      const refused = all.find((one) => one.status === 'rejected')
      if (refused !== undefined) throw refused.reason
      return all.flatMap((one) => (one.status === 'fulfilled' && one.value !== null ? [one.value] : []))
    },
    guessPaths: async (name) => placesOf((await sealed()).metadata, name).map(({ path }) => path),
  }
}

const namesIn = (files: readonly GroupFile[]): Names => ({
  groups: [...new Set(files.map(({ group }) => group))],
  hosts: [...new Set(files.flatMap(({ host }) => host ?? []))],
  secrets: [...new Set(files.flatMap(({ values }) => [...values.keys()]))],
})

/** All three run at once, and of several failures the one that explains the others is thrown: a wrong password shows
 *  in the file as well, but a project whose metadata are damaged shows it there. */
const together = async <A, B, C>(a: Promise<A>, b: Promise<B>, c: Promise<C>): Promise<[A, B, C]> => {
  const [, second, third] = await Promise.allSettled([a, b, c])
  if (third.status === 'rejected') throw third.reason
  if (second.status === 'rejected') throw second.reason
  return Promise.all([a, b, c])
}

const oncePerPath = <T>(work: (path: string) => Promise<T>): ((path: string) => Promise<T>) => {
  const running = new Map<string, Promise<T>>()
  return (path) => {
    const started = running.get(path) ?? work(path)
    running.set(path, started)
    return started
  }
}

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<T> | null = null
  return () => (running ??= work())
}

const readMetadataText = async ({ files }: Pick<Ports, 'files'>, project: Project): Promise<string> => {
  const bytes = await files.read(project.paths.metadata, { under: project.root })
  if (bytes === null) throw notReady(project, 'metadata.yaml')
  return new TextDecoder().decode(bytes)
}

const keysOf = async (ports: Pick<Ports, 'files'>, bytes: Uint8Array, project: Project): Promise<ProjectKeys> => {
  const at = shownPath(project, 'fingerprint-key')
  const key = parseProjectKey(new TextDecoder().decode(bytes), at)
  await checkPinned(ports, project, { key, at })
  return projectKeys(key.root, key.former)
}

/** The MAC is right, but the whole directory may be another project's or environment's with the same password. */
const checkOwner = (metadata: Metadata, project: Project): Metadata => {
  const { project: name } = project.manifest
  if (metadata.project === name && metadata.environment === project.environment) return metadata
  throw fail('CONFLICT', `these secrets belong to ${metadata.project}, ${metadata.environment}`, {
    at: shownPath(project, 'metadata.yaml'),
    hint: `lockstep.yaml says ${name}, ${project.environment}`,
  })
}
