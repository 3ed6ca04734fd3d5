import { fail, hasCode, SecretsError } from '../../core/errors.ts'
import type { AccessResult, Names } from '../../core/log/entry.ts'
import { isWrongPassword } from '../../crypto/ansible-vault.ts'
import { accessLog, type AccessLog, type LogPorts } from '../log/access-log.ts'
import { logged } from '../log/logged.ts'
import { keptKey } from './kept-key.ts'
import { checkWriter } from './only-writer.ts'
import { openProject, type OpenProject } from './open-project.ts'
import type { Project } from './project.ts'
import { findPassword, passwordForGit, type FoundPassword, type PasswordPorts } from './project-password.ts'

export type OpenPorts = PasswordPorts & LogPorts

/** What somebody is about to do with a project, for the access log. */
export interface Intended<T> {
  /** read: values leave with what the work gives, and not before. change, deliver: within the work. look: values are
   *  compared, none leaves. */
  readonly action: 'read' | 'change' | 'deliver' | 'look'
  /** What is known of it beforehand. */
  readonly names?: Names
  /** Of a change: secrets stay as they are, so that any machine may do it. */
  readonly keepsSecrets?: boolean
  /** Git asks: a command that the manifest names is not run for the password. */
  readonly forGit?: boolean
  /** True: it goes on after the work, which tells its end itself. */
  readonly goesOn?: boolean
  /** It has done something that is not to be done twice: asked a person, changed an upstream or a host. */
  readonly hasBegun?: () => boolean
  /** What it was about in the end (default: all that was opened; of a look: nothing), and how it ended. */
  readonly found?: (done: T) => { readonly names?: Names; readonly result?: AccessResult }
}

/** Finds the password and works on the opened project. Each use is in the access log before a value leaves: a reading
 *  once it is known what was read, all else before it begins and with its end. Runs `work` a second time, once nobody
 *  holds the project's lock, when files and metadata do not agree and it has not begun: another process may have been
 *  writing them just then.
 *  @throws UNAVAILABLE, DENIED, UNSAFE where the access log cannot be written */
export const withProject = async <T>(
  ports: OpenPorts,
  project: Project,
  intended: Intended<T>,
  work: (open: OpenProject, log: AccessLog) => Promise<T>,
): Promise<T> => {
  const { action, keepsSecrets = false, forGit = false } = intended
  if (action === 'change' && !keepsSecrets && !forGit) checkWriter(ports, project)
  await ports.files.recover(project.root)
  const found = await foundPassword(ports, project, intended)
  const { password, operator } = found
  const first = openProject(ports, project, password, keptKey(ports, project))
  let open = first
  const log = accessLog(ports, project, { operator, keys: () => open.keys() })
  const told = { ...intended, keys: () => open.keys(), opened: () => open.opened() }
  return naming(found, project, () =>
    logged(log, told, async () => {
      try {
        return await work(first, log)
      } catch (error) {
        if (!hasCode(error, 'TAMPERED') || intended.hasBegun?.() === true) throw error
        await untilUnlocked(ports, project, error)
        open = openProject(ports, project, password)
        return work(open, log)
      }
    }),
  )
}

/** Who has no way in is written down by the next who has one. */
const foundPassword = async (
  ports: OpenPorts,
  project: Project,
  { action, names = {}, forGit = false }: Pick<Intended<never>, 'action' | 'names' | 'forGit'>,
): Promise<FoundPassword> => {
  try {
    return await (forGit ? passwordForGit : findPassword)(ports, project)
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    const log = accessLog(ports, project, { operator: null, keys: () => Promise.reject(error) })
    await log.refuse({ action, names, result: error.code })
    throw error
  }
}

/** Works with what the metadata say alone: no value is opened, so there is nothing to write down. */
export const withMetadata = async <T>(
  ports: PasswordPorts,
  project: Project,
  work: (open: Pick<OpenProject, 'project' | 'metadata' | 'keys'>) => Promise<T>,
): Promise<T> => {
  await ports.files.recover(project.root)
  const found = await findPassword(ports, project)
  const { password } = found
  return naming(found, project, async () => {
    try {
      return await work(openProject(ports, project, password, keptKey(ports, project)))
    } catch (error) {
      if (!hasCode(error, 'TAMPERED')) throw error
      await untilUnlocked(ports, project, error)
      return work(openProject(ports, project, password))
    }
  })
}

/** Of a file of secrets that did not open it is said which password was tried. */
const naming = async <T>({ from }: FoundPassword, { paths }: Project, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (cause) {
    const { at = '' } = cause instanceof SecretsError ? cause : {}
    if (!(cause instanceof SecretsError) || !isWrongPassword(cause) || !at.startsWith(`${paths.secretsName}/`))
      throw cause
    const hint = `the password that was tried came from ${from}; where it is the right one, restore the file from git`
    throw fail(cause.code, cause.message, { at, hint, cause })
  }
}

/** Not held while the work runs again: work that changes the project takes the lock itself. Where there can be no lock,
 *  as on a read-only disk, nobody is writing, and what was found stands. */
const untilUnlocked = async ({ files }: PasswordPorts, project: Project, found: Error): Promise<void> => {
  try {
    await files.locked(project.paths.lock, async () => {})
  } catch (error) {
    if (hasCode(error, 'UNAVAILABLE', 'DENIED')) throw found
    throw error
  }
}
