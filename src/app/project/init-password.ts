import { pathFrom } from '../../core/absolute-path.ts'
import { fail, hasCode } from '../../core/errors.ts'
import { checkPasswordStrength, passwordFromFile } from '../../core/secrets/password.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import type { AnsibleSetup } from './adopt-inventory.ts'
import { newPassword } from './new-secrets.ts'
import { passwordOrigin, projectPassword, type PasswordPorts } from './project-password.ts'
import type { Project } from './project.ts'
import { manifestName } from './project.ts'

/** The password file of ansible.cfg, as it is written there, where a project cannot start with it. */
export interface UnfitPassword {
  readonly path: string
  readonly why: string
  /** What may have sealed files already. */
  readonly password: Secret | null
}

/** Ansible's settings as far as a new project takes them over: not a password that is too weak to write with, or none.
 *  What a weak one sealed is sealed anew. */
export const strongOnly = async (
  { files, machine }: Pick<Ports, 'files' | 'machine'>,
  root: string,
  ansible: AnsibleSetup,
): Promise<{ readonly ansible: AnsibleSetup; readonly unfit: UnfitPassword | null }> => {
  const isStarted = (await files.stat(`${root}/${manifestName}`)) !== null
  const isNamed = machine.environment['LOCKSTEP_PASSWORD_FILE'] !== undefined
  const file = ansible.password
  if (isStarted || isNamed || file === null || file.isProgram) return { ansible, unfit: null }
  const { path } = file
  const without = { ...ansible, password: null }
  const full = path.startsWith('~/') ? `${machine.home}${path.slice(1)}` : pathFrom(root, path)
  const kind = (await files.stat(full))?.kind
  if (kind === undefined) return { ansible: without, unfit: { path, why: 'is not there', password: null } }
  if (kind !== 'file') return { ansible, unfit: null }
  const bytes = await files.read(full, { private: true, max: 64 * 1024 })
  if (bytes === null || bytes.every((byte) => byte <= 0x20)) {
    return { ansible: without, unfit: { path, why: 'is empty', password: null } }
  }
  const password = passwordFromFile(bytes, { at: full })
  if (isStrong(password)) return { ansible, unfit: null }
  return { ansible: without, unfit: { path, why: 'is too easy to guess', password } }
}

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
