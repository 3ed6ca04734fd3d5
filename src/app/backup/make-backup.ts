import { archiveName, newestOf, type BackupList, type ListedBackup } from '../../core/backup/backup-list.ts'
import type { Contents } from '../../core/backup/contents.ts'
import { ofList } from '../../core/backup/judge-archives.ts'
import { isoTime } from '../../core/duration.ts'
import { fail } from '../../core/errors.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import type { Metadata, RecoveryRecipient } from '../../core/secrets/metadata.ts'
import { sealArchive } from '../../crypto/backup-archive.ts'
import { sha256 } from '../../crypto/derive.ts'
import { logHead } from '../log/read-log.ts'
import { openProject, type OpenProject } from '../project/open-project.ts'
import { openArchived } from './archived-project.ts'
import { keyringOf, openOwnArchive, type Keyring } from './backup-keyring.ts'
import { backupsFolder, listChanges, readArchive, readList, rememberNumber, seenNumber } from './backup-store.ts'
import { collectFiles, type Collected } from './collect-files.ts'

export type BackupPorts = Pick<Ports, 'files' | 'clock' | 'machine'>

export interface MadeBackup {
  readonly listed: ListedBackup
  /** When it had been read back; ISO. */
  readonly verified: string
  readonly bytes: Uint8Array
  readonly keyring: Keyring
  /** Paths of what is in it. */
  readonly contents: readonly string[]
  readonly notes: readonly string[]
}

/** Makes a backup of this environment as it is now, writes it into `backups/`, reads it back and decrypts all of it.
 *  @throws USAGE without a recovery identity; TAMPERED when the project is not as its metadata say */
export const makeBackup = async (
  ports: BackupPorts,
  { project, password }: Pick<OpenProject, 'project' | 'password'>,
): Promise<MadeBackup> =>
  ports.files.locked(project.paths.lock, async () => {
    await ports.files.recover(project.root)
    const planned = await planBackup(ports, openProject(ports, project, password))
    const { list, collected, contents, keyring, recovery } = planned
    const bodies = collected.files.map(({ bytes }) => bytes)
    const bytes = await sealArchive(contents, bodies, { keys: keyring[0], recovery: recovery.recipient })
    const { name } = planned
    const { number, made } = contents
    const digest = sha256(bytes)
    const written: ListedBackup = { name, number, made, size: bytes.length, digest, verified: null, copies: [] }
    // its number is beyond all that were seen
    const damage = list.damage.filter((one) => one.name !== ofList)
    const withOne = (listed: ListedBackup): Promise<readonly FileChange[]> =>
      listChanges(
        ports,
        project,
        { ...list, backups: [...list.backups, listed], last: { number, digest }, damage },
        keyring,
      )
    await ports.files.transact(project.root, [{ path: `${backupsFolder}/${name}`, bytes }, ...(await withOne(written))])
    await rememberNumber(ports, project, number)
    await checkWritten(ports, { project, name, digest, keyring })
    const verified = isoTime(ports.clock.now())
    await ports.files.transact(project.root, await withOne({ ...written, verified }))
    return {
      listed: { ...written, verified },
      verified,
      bytes,
      keyring,
      contents: contents.files.map(({ path }) => path),
      notes: [...collected.notes, ...planned.notes],
    }
  })

export interface PlannedBackup {
  readonly name: string
  readonly contents: Contents
  readonly collected: Collected
  readonly list: BackupList
  readonly keyring: Keyring
  readonly recovery: RecoveryRecipient
  readonly notes: readonly string[]
}

/** What would be in it, and what it would be called. Writes nothing. */
export const planBackup = async (ports: BackupPorts, open: OpenProject): Promise<PlannedBackup> => {
  const { project, password } = open
  const [metadata, keys] = await Promise.all([open.metadata(), open.keys(), open.readAll()])
  const recovery = recoveryOf(metadata)
  const keyring = keyringOf(keys)
  // before the log is read: the archive's log goes at least as far
  const head = await logHead(ports, project, keys)
  const [list, seen, collected] = await Promise.all([
    readList(ports, project, keyring),
    seenNumber(ports, project),
    collectFiles(ports, project, password),
  ])
  const { project: name } = project.manifest
  const number = 1 + Math.max(seen, list.last?.number ?? 0, newestOf(list)?.number ?? 0)
  const made = isoTime(ports.clock.now())
  const contents: Contents = {
    format: 1,
    project: name,
    environment: project.environment,
    number,
    made,
    before: list.last,
    logHead: head,
    files: collected.files.map(({ path, mode, bytes }) => ({ path, mode, size: bytes.length, sha256: sha256(bytes) })),
  }
  const notes = aboutRecovery(recovery, keyring)
  return { name: archiveName(contents, made, number), contents, collected, list, keyring, recovery, notes }
}

/** @throws USAGE where nobody could open a backup */
export const recoveryOf = ({ recovery }: Metadata): RecoveryRecipient => {
  if (recovery !== null) return recovery
  throw fail('USAGE', 'there is no recovery identity that a backup could be made for', {
    hint: 'lockstep backup recovery, at a terminal, or lockstep backup recovery --to FILE outside the project',
  })
}

/** A project key is forgotten after three others: then restore could not tell ours from a forged archive. */
const aboutRecovery = ({ check }: RecoveryRecipient, keyring: Keyring): readonly string[] => {
  const age = keyring.findIndex((keys) => keys.check === check)
  if (age === 0) return []
  const says =
    age < 0
      ? 'the recovery identity names a project key that is no longer known: restore would refuse this backup'
      : 'somebody has left since the recovery identity was made'
  return [`${says}; make a new one: lockstep backup recovery --renew`]
}

/** Nothing is told as kept that was not read back. */
const checkWritten = async (
  ports: BackupPorts,
  { project, name, digest, keyring }: Pick<OpenProject, 'project'> & { name: string; digest: string; keyring: Keyring },
): Promise<void> => {
  const at = `${backupsFolder}/${name}`
  const bytes = await readArchive(ports, project, name)
  const container = bytes === null ? null : await openOwnArchive(bytes, keyring, { at })
  if (bytes === null || container === null || sha256(bytes) !== digest) {
    throw fail('INTERNAL', 'the backup did not read back as it was written', { at })
  }
  await openArchived(ports, container, { at })
}
