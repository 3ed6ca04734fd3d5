import { pathFrom } from '../../core/absolute-path.ts'
import { fail } from '../../core/errors.ts'
import { parseGroupPath } from '../../core/secrets/metadata.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { openVault } from '../../crypto/ansible-vault.ts'
import { findGroup } from './edit.ts'
import type { OpenProject } from '../project/open-project.ts'
import { readPasswordFile } from '../project/password-file.ts'

export interface Viewed {
  /** What was opened: a path as it was typed, or a group's file from the project's root. */
  readonly path: string
  readonly group: string | null
  readonly host: string | null
  readonly text: Secret
}

type ViewPorts = Pick<Ports, 'files' | 'machine'>

/** Opens any ansible-vault file with the password in `passwordFile`; no project is needed.
 *  @throws NOT_FOUND; TAMPERED; UNSAFE */
export const viewFile = async (ports: ViewPorts, path: string, passwordFile: string): Promise<Viewed> => {
  const bytes = await readTyped(ports, path)
  if (bytes === null) throw noFile(path)
  const password = await readPasswordFile(ports, passwordFile)
  const { plaintext } = await openVault(bytes, password, { at: path })
  return { path, group: null, host: null, text: new Secret(plaintext) }
}

/** Opens a group of the project, checked against its metadata, or any file that the project password opens. Without
 *  `target`, the only group there is. @throws NOT_FOUND; USAGE; TAMPERED */
export const viewInProject = async (
  ports: ViewPorts,
  open: OpenProject,
  target: string | undefined,
  host: string | null,
): Promise<Viewed> => {
  const { secrets, secretsName } = open.project.paths
  if (target !== undefined && /[/.]/.test(target)) {
    const full = pathFrom(ports.machine.cwd, target)
    const path = full.startsWith(`${secrets}/`) ? full.slice(secrets.length + 1) : ''
    if (parseGroupPath(path) === null) return viewWithPassword(ports, open, target)
    return viewPath(open, path)
  }
  const group = await findGroup(open, target)
  const file = await open.readGroup(group, host)
  if (file !== null) return { path: `${secretsName}/${file.path}`, group, host, text: file.text }
  const what = host === null ? `group ${group} has no values yet` : `${host} has no values of its own in group ${group}`
  throw fail('NOT_FOUND', what, { hint: 'lockstep create' })
}

const viewPath = async (open: OpenProject, path: string): Promise<Viewed> => {
  const file = await open.readPath(path)
  const at = `${open.project.paths.secretsName}/${path}`
  if (file === null) throw noFile(at)
  return { path: at, group: file.group, host: file.host, text: file.text }
}

const viewWithPassword = async (ports: ViewPorts, open: OpenProject, path: string): Promise<Viewed> => {
  const bytes = await readTyped(ports, path)
  if (bytes === null) throw noFile(path)
  const { plaintext } = await openVault(bytes, open.password, { at: path })
  return { path, group: null, host: null, text: new Secret(plaintext) }
}

const readTyped = ({ files, machine }: ViewPorts, path: string): Promise<Uint8Array | null> =>
  files.read(pathFrom(machine.cwd, path))

const noFile = (at: string): Error =>
  fail('NOT_FOUND', 'no such file', { at, hint: 'lockstep list names the groups; a path is from where you are' })
