import { fail } from '../../core/errors.ts'
import { groupPath, parseGroupPath } from '../../core/secrets/metadata.ts'
import { quoteName } from '../../core/names.ts'
import { checkPasswordStrength } from '../../core/secrets/password.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { isVault, openVault } from '../../crypto/ansible-vault.ts'
import type { Changed, ChangePorts } from './change-project.ts'
import { commitPlan } from './change-project.ts'
import type { GroupFile } from '../secrets/group-file.ts'
import { groupFileOf } from '../secrets/group-file.ts'
import type { OpenProject } from './open-project.ts'
import { openProject } from './open-project.ts'
import { readPasswordFile } from './password-file.ts'
import { recordFile } from '../secrets/plan-change.ts'
import type { Project } from './project.ts'

export type AdoptPorts = ChangePorts & Pick<Ports, 'machine'>

export interface AdoptOptions {
  /** A file with the password of this one file, where it is not the project's. */
  readonly passwordFile?: string | undefined
}

/** Accepts a file of the secrets directory as it is now: changed by hand with ansible-vault, put there, plain, sealed
 *  with another password, or gone. Every value that differs becomes a new version; what is not sealed with the project
 *  password is sealed with it. @throws NOT_FOUND; USAGE; TAMPERED; CONFIG */
export const adoptFile = async (
  ports: AdoptPorts,
  { project, password }: Pick<OpenProject, 'project' | 'password'>,
  file: string,
  options: AdoptOptions = {},
): Promise<Changed> => {
  checkPasswordStrength(password, { at: 'the project password' })
  const path = pathOf(project, file, ports.machine.cwd)
  return ports.files.locked(project.paths.lock, async () => {
    await ports.files.recover(project.root)
    const open = openProject(ports, project, password)
    const [metadata, { fingerprint: key }] = await Promise.all([open.metadata(), open.keys()])
    const found = await readAsItIs(ports, open, path, options)
    const now = ports.clock.now()
    if (found === null) return forget(ports, open, path)
    const recorded = recordFile({ metadata, key, now }, found.file)
    const files = new Map(recorded.metadata.files)
    if (!files.has(path)) files.set(path, new Map())
    const texts = new Map(found.isSealed ? [] : [[path, found.file.text]])
    return commitPlan(ports, open, { texts, metadata: { ...recorded.metadata, files }, changed: recorded.changed })
  })
}

/** From what was typed: a group, a path from the root or the working directory, an absolute path. */
const pathOf = (project: Project, file: string, cwd: string): string => {
  const { secrets, secretsName } = project.paths
  const typed = file.startsWith('/') ? file : `${cwd}/${file.replace(/^\.\//, '')}`
  const candidates = [
    typed.startsWith(`${secrets}/`) ? typed.slice(secrets.length + 1) : '',
    file.startsWith(`${secretsName}/`) ? file.slice(secretsName.length + 1) : '',
    groupPath(file),
  ]
  const path = candidates.find((candidate) => parseGroupPath(candidate) !== null)
  if (path !== undefined) return path
  throw fail('USAGE', `${quoteName(file)} is no file of secrets of this project`, {
    hint: `${secretsName}/<group>.env or ${secretsName}/hosts/<host>/<group>.env; for others: lockstep import`,
  })
}

const readAsItIs = async (
  ports: AdoptPorts,
  { project, password }: OpenProject,
  path: string,
  { passwordFile }: AdoptOptions,
): Promise<{ readonly file: GroupFile; readonly isSealed: boolean } | null> => {
  const at = `${project.paths.secretsName}/${path}`
  const bytes = await ports.files.read(`${project.paths.secrets}/${path}`, { under: project.root })
  if (bytes === null) return null
  if (!isVault(bytes)) return { file: groupFileOf(path, bytes, at), isSealed: false }
  const own: Secret | null = passwordFile === undefined ? null : await readPasswordFile(ports, passwordFile)
  const { plaintext } = await openVault(bytes, own ?? password, { at })
  return { file: groupFileOf(path, plaintext, at), isSealed: own === null || own.equals(password) }
}

/** A file that is gone on purpose: its secrets are removed, their versions stay. */
const forget = async (ports: ChangePorts, open: OpenProject, path: string): Promise<Changed> => {
  const [metadata, { fingerprint: key }] = await Promise.all([open.metadata(), open.keys()])
  if (!metadata.files.has(path)) {
    throw fail('NOT_FOUND', 'no such file, and none was known', {
      at: `${open.project.paths.secretsName}/${path}`,
      hint: `ls ${open.project.paths.secretsName}`,
    })
  }
  const empty = groupFileOf(path, new Uint8Array(), path)
  const recorded = recordFile({ metadata, key, now: ports.clock.now() }, empty)
  return commitPlan(ports, open, { texts: new Map([[path, empty.text]]), ...recorded })
}
