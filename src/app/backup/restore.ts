import { few } from '../../core/names.ts'
import { fail } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { Names } from '../../core/log/entry.ts'
import { openArchive } from '../../crypto/backup-archive.ts'
import { sha256 } from '../../crypto/derive.ts'
import { forgetPinned } from '../project/pinned-key.ts'
import { openProject, type OpenProject } from '../project/open-project.ts'
import { readProject } from '../project/project.ts'
import type { PasswordPorts } from '../project/project-password.ts'
import { openArchived, type ArchivedProject } from './archived-project.ts'
import { keyringOf, openOwnArchive } from './backup-keyring.ts'
import type { RecoveryKey } from './find-key.ts'
import { planRestore, projectAt, type RestorePlace, type RestorePlan } from './plan-restore.ts'

/** What opens an archive: the recovery identity, or the project that it is of. */
export type Opener =
  | { readonly by: 'identity'; readonly key: RecoveryKey }
  | { readonly by: 'project'; readonly open: Pick<OpenProject, 'keys'> }

export interface RestoreOptions extends RestorePlace {
  /** Path of the archive, as it is told. */
  readonly archive: string
  readonly bytes: Uint8Array
  readonly opener: Opener
  readonly check: boolean
  readonly overNewer: boolean
}

export interface Restored extends RestorePlan {
  readonly contents: ArchivedProject['contents']
  /** Secrets that were decrypted there with the restored password. */
  readonly secrets: number
  /** What was handed out: names. */
  readonly names: Names
}

/** Puts a backup back: one change of files that survives a kill at any step, read back and decrypted in its place.
 *  @throws CONFLICT where something newer would be lost; TAMPERED for a changed or forged archive; DENIED for an
 *  identity that does not open it */
export const restoreBackup = async (ports: PasswordPorts, options: RestoreOptions): Promise<Restored> => {
  const { directory, check, overNewer } = options
  const archived = await openFor(ports, options)
  const secrets = (await archived.open.readAll()).reduce((sum, { values }) => sum + values.size, 0)
  const told = { contents: archived.contents, secrets, names: archived.open.opened() }
  if (!check) await ports.files.recover(directory)
  const looked = await planRestore(ports, archived, options)
  if (check) return { ...looked, ...told }
  refuseNewer(looked, overNewer)
  const { paths } = projectAt(ports, archived, directory)
  const plan = await ports.files.locked(paths.lock, async () => {
    // as it is by now: nobody else writes there any more
    const plan = await planRestore(ports, archived, options)
    refuseNewer(plan, overNewer)
    if (plan.changes.length > 0) await ports.files.transact(directory, plan.changes)
    return plan
  })
  if (plan.newer.length > 0) await forgetPinned(ports, projectAt(ports, archived, directory))
  await checkRestored(ports, archived, plan)
  return { ...plan, ...told }
}

const refuseNewer = ({ newer, directory }: RestorePlan, overNewer: boolean): void => {
  if (newer.length === 0 || overNewer) return
  throw fail('CONFLICT', `what is there is newer than this backup; ${newer.join('; ')}`, {
    at: directory,
    hint: 'lockstep restore … --over-newer loses that; --to DIRECTORY restores beside it',
  })
}

const openFor = (ports: PasswordPorts, { bytes, opener, archive }: RestoreOptions): Promise<ArchivedProject> => {
  const options = { at: archive }
  return opener.by === 'identity'
    ? openWithIdentity(ports, bytes, opener.key, options)
    : openWithProject(ports, bytes, opener.open, options)
}

/** Opens the archive, and makes sure that it is of the project that its opener is of. */
const openWithIdentity = async (
  ports: PasswordPorts,
  bytes: Uint8Array,
  key: RecoveryKey,
  { at }: { readonly at: string },
): Promise<ArchivedProject> => {
  const container = await openArchive(bytes, [key.key], { at })
  if (container === null) {
    throw fail('DENIED', 'this recovery identity does not open this backup', {
      at,
      hint: 'it was made for another one: look for an older or a newer identity',
    })
  }
  const archived = await openArchived(ports, container, { at })
  const { project, environment } = archived.contents
  const isOfKey = archived.keyring.some(({ check }) => check === key.check)
  if (isOfKey && project === key.project && environment === key.environment) return archived
  throw fail('TAMPERED', 'this backup is not of the project that the recovery identity was made for', {
    at,
    hint: 'its public key is no secret: somebody else may have made this backup for it; take another copy',
  })
}

const openWithProject = async (
  ports: PasswordPorts,
  bytes: Uint8Array,
  open: Pick<OpenProject, 'keys'>,
  { at }: { readonly at: string },
): Promise<ArchivedProject> => {
  const container = await openOwnArchive(bytes, keyringOf(await open.keys()), { at })
  if (container !== null) return openArchived(ports, container, { at })
  throw fail('DENIED', 'this backup is of an older project key: only the recovery identity opens it', {
    at,
    hint: `lockstep restore ${pathWord(at)} --identity FILE`,
  })
}

/** Every byte is on the disk, and the project there opens with the password that is there. */
const checkRestored = async (ports: PasswordPorts, archived: ArchivedProject, plan: RestorePlan): Promise<void> => {
  const { directory, passwordFile } = plan
  const wrong: string[] = []
  for (const { path, bytes } of plan.changes) {
    const found = await ports.files.read(`${directory}/${path}`, { under: directory })
    if (bytes === null ? found !== null : found === null || sha256(found) !== sha256(bytes)) wrong.push(path)
  }
  if (wrong.length > 0) throw fail('INTERNAL', `did not read back as it was written: ${few(wrong)}`, { at: directory })
  const project = await readProject(ports, directory, archived.contents.environment)
  const { passwordFromFile } = await import('../../core/secrets/password.ts')
  const bytes = await ports.files.read(`${directory}/${passwordFile}`, { private: true })
  const password = passwordFromFile(bytes ?? new Uint8Array(), { at: passwordFile })
  await openProject(ports, project, password).readAll()
}
