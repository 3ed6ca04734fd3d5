import { fail, hasCode } from '../core/errors.ts'
import { checkPasswordStrength, passwordFromFile } from '../core/password.ts'
import type { FileChange, Ports } from '../core/ports.ts'
import { Secret } from '../core/secret.ts'
import type { AnsibleSetup } from './adopt-inventory.ts'
import { newPassword } from './new-secrets.ts'
import { passwordOrigin, projectPassword, type PasswordPorts } from './project-password.ts'
import type { Project } from './project.ts'
import { manifestName } from './project.ts'

/** The password file of ansible.cfg, as it is written there, where what it holds is too easy to guess. */
export interface WeakPassword {
  readonly path: string
  readonly password: Secret
}

/** Ansible's settings as far as a new project takes them over: not a password that is too weak to write with. What it
 *  sealed is sealed anew. */
export const strongOnly = async (
  { files, machine }: Pick<Ports, 'files' | 'machine'>,
  root: string,
  ansible: AnsibleSetup,
): Promise<{ readonly ansible: AnsibleSetup; readonly weak: WeakPassword | null }> => {
  const isStarted = (await files.stat(`${root}/${manifestName}`)) !== null
  const isNamed = machine.environment['LOCKSTEP_PASSWORD_FILE'] !== undefined
  const file = ansible.password
  if (isStarted || isNamed || file === null || file.isProgram) return { ansible, weak: null }
  const full = file.path.startsWith('~/') ? `${machine.home}${file.path.slice(1)}` : under(root, file.path)
  if ((await files.stat(full))?.kind !== 'file') return { ansible, weak: null }
  const bytes = await files.read(full, { private: true, max: 64 * 1024 })
  const password = passwordFromFile(bytes ?? new Uint8Array(), { at: full })
  if (isStrong(password)) return { ansible, weak: null }
  return { ansible: { ...ansible, password: null }, weak: { path: file.path, password } }
}

const under = (root: string, path: string): string => (path.startsWith('/') ? path : `${root}/${path}`)

const isStrong = (password: Secret): boolean => {
  try {
    checkPasswordStrength(password)
    return true
  } catch (error) {
    if (hasCode(error, 'UNSAFE')) return false
    throw error
  }
}

/** The password that is there, or a new one of 256 bits with the change that writes it. */
export const planPassword = async (
  ports: PasswordPorts & Pick<Ports, 'random'>,
  project: Project,
): Promise<{ readonly password: Secret; readonly changes: readonly FileChange[] }> => {
  const named = ports.machine.environment['LOCKSTEP_PASSWORD_FILE'] !== undefined || project.manifest.password !== null
  const isThere = (await ports.files.stat(project.paths.password)) !== null
  const isStarted = (await ports.files.stat(project.paths.fingerprintKey)) !== null
  if (named || isThere || isStarted) {
    const password = await projectPassword(ports, project)
    const at = passwordOrigin(ports, project)
    if (isStarted) checkPasswordStrength(password, { at })
    else if (!isStrong(password))
      throw fail('UNSAFE', 'the password is too easy to guess', { at, hint: wayOut(project, named) })
    return { password, changes: [] }
  }
  const password = newPassword(ports)
  const path = project.paths.password.slice(project.root.length + 1)
  return {
    password: new Secret(password),
    changes: [{ path, bytes: new TextEncoder().encode(`${password}\n`), mode: 0o600 }],
  }
}

/** Before there is a project that rekey could work on. */
const wayOut = ({ root, paths }: Project, named: boolean): string => {
  if (named)
    return 'name no password: lockstep init makes a strong one, and lockstep import FILE --source-password-file OLD takes over what the old one sealed'
  const old = paths.password.slice(root.length + 1)
  return `mv ${old} .vault-password.old, then lockstep init makes a strong one, and lockstep adopt FILE --password-file .vault-password.old takes over what the old one sealed`
}
