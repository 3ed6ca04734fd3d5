import { pathFrom } from '../../core/absolute-path.ts'
import { fail, hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { PasswordSource } from '../../core/manifest/manifest.ts'
import { quoteName } from '../../core/names.ts'
import { passwordFromFile } from '../../core/secrets/password.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { aboutOperators, passwordOfOperator } from './operator-password.ts'
import type { Project } from './project.ts'

export type PasswordPorts = Pick<Ports, 'files' | 'exec' | 'machine' | 'terminal'>

export interface FoundPassword {
  readonly password: Secret
  /** Whose file in secrets/operators it came out of; null: none of these. */
  readonly operator: string | null
  /** Where it came from, for messages. */
  readonly from: string
}

/** The project password. Asked in this order, and the first that is there must work: LOCKSTEP_PASSWORD_FILE (a file or
 *  FIFO), `password:` of the manifest, .vault-password, our own file in secrets/operators, the person at the terminal.
 *  @throws NOT_FOUND when nobody has it; UNSAFE for a file that others can read; DENIED when a command fails */
export const projectPassword = async (ports: PasswordPorts, project: Project): Promise<Secret> =>
  (await findPassword(ports, project)).password

/** The same, with who opened it. */
export const findPassword = async (ports: PasswordPorts, project: Project): Promise<FoundPassword> => {
  const named = ports.machine.environment['LOCKSTEP_PASSWORD_FILE']
  const from = passwordOrigin(ports, project)
  const unnamed = (password: Secret): FoundPassword => ({ password, operator: null, from })
  if (named !== undefined) {
    const path = pathFrom(ports.machine.cwd, named)
    const password = await fromFile(ports, project, { path, namedBy: 'LOCKSTEP_PASSWORD_FILE' })
    return { password, operator: null, from: `${path}, which LOCKSTEP_PASSWORD_FILE names` }
  }
  const { manifest, paths } = project
  if (manifest.password !== null) return unnamed(await fromSource(ports, project, manifest.password))
  if ((await ports.files.stat(paths.password)) !== null)
    return unnamed(await fromFile(ports, project, { path: paths.password, namedBy: null }))
  const own = await passwordOfOperator(ports, project)
  if (own !== null) return own
  const operators = await aboutOperators(ports, project)
  const question = operators === null ? 'project password: ' : `${operators.says}\nproject password: `
  if (ports.terminal.isInteractive)
    return { ...unnamed(notEmpty(await ports.terminal.askHidden(question))), from: 'the terminal' }
  if (operators !== null) throw fail('NOT_FOUND', `no project password; ${operators.says}`, { hint: operators.hint })
  throw fail('NOT_FOUND', 'no project password', {
    at: paths.password,
    hint: 'put it into this file with mode 0600, or name another with LOCKSTEP_PASSWORD_FILE',
  })
}

/** Where that comes from, for messages: the path of a file where it is one. */
export const passwordOrigin = ({ machine }: Pick<Ports, 'machine'>, { root, manifest, paths }: Project): string => {
  const named = machine.environment['LOCKSTEP_PASSWORD_FILE']
  if (named !== undefined) return pathFrom(machine.cwd, named)
  if (manifest.password === null) return paths.password
  return manifest.password.kind === 'file'
    ? expand(machine.home, root, manifest.password.path)
    : 'password: in lockstep.yaml'
}

/** The password for git's drivers. They run by themselves over whatever branch is checked out or looked at, so a command
 *  that its lockstep.yaml names is not run for them. @throws DENIED where there is no other way */
export const passwordForGit = async (ports: PasswordPorts, project: Project): Promise<FoundPassword> => {
  const isNamed = ports.machine.environment['LOCKSTEP_PASSWORD_FILE'] !== undefined
  if (isNamed || project.manifest.password?.kind !== 'command') return findPassword(ports, project)
  throw fail('DENIED', 'git is not given the password by a command: any branch could name one', {
    at: 'password: in lockstep.yaml',
    hint: 'set LOCKSTEP_PASSWORD_FILE to a file or FIFO of yours for this git command',
  })
}

const fromSource = async (ports: PasswordPorts, project: Project, source: PasswordSource): Promise<Secret> => {
  if (source.kind === 'file')
    return fromFile(ports, project, {
      path: expand(ports.machine.home, project.root, source.path),
      namedBy: 'password: in lockstep.yaml',
    })
  if (source.kind === 'command') return fromCommand(ports, project, source.command)
  throw fail('CONFIG', 'this version cannot read the project password from there', {
    at: 'password: in lockstep.yaml',
    hint: 'name a file or a command',
  })
}

const expand = (home: string, root: string, path: string): string =>
  path.startsWith('~/') ? `${home}${path.slice(1)}` : pathFrom(root, path)

/** `namedBy` is what points to the file; null for the one of convention. */
const fromFile = async (
  ports: PasswordPorts,
  project: Project,
  { path, namedBy }: { readonly path: string; readonly namedBy: string | null },
): Promise<Secret> => {
  try {
    const bytes = await ports.files.read(path, { private: true, fifo: true, max: 64 * 1024 })
    if (bytes !== null) return passwordFromFile(bytes, { at: path })
  } catch (cause) {
    if (hasCode(cause, 'UNSAFE') && (await isTracked(ports, project, path))) throw broughtAlong(path, cause)
    if (hasCode(cause, 'UNSAFE') && cause.hint === undefined) {
      throw fail('UNSAFE', cause.message, { at: cause.at ?? path, hint: `chmod 600 ${pathWord(path)}`, cause })
    }
    throw cause
  }
  throw fail('NOT_FOUND', `no password file${namedBy === null ? '' : `, which is named by ${namedBy}`}`, {
    at: path,
    hint:
      namedBy === 'LOCKSTEP_PASSWORD_FILE'
        ? 'unset LOCKSTEP_PASSWORD_FILE, or let it name the file that holds the project password'
        : 'put the project password into it, mode 0600',
  })
}

/** Does the repository bring this file? Asked only where something is wrong with it. */
const isTracked = async (ports: PasswordPorts, { root }: Project, path: string): Promise<boolean> => {
  if (!path.startsWith(`${root}/`)) return false
  const { askGit } = await import('../git/ask-git.ts')
  const git = await askGit(ports, root)
  return git !== null && (await git('ls-files', '--error-unmatch', '--', `:(literal)${path}`)) !== null
}

const broughtAlong = (path: string, cause: Error): Error =>
  fail('UNSAFE', 'git has this password file: whoever commits chooses the password, and everybody can read it', {
    at: path,
    hint: `see git log -- ${pathWord(path)} for who put it there; where it is yours: git rm --cached ${pathWord(path)}, then lockstep rekey`,
    cause,
  })

const fromCommand = async (ports: PasswordPorts, project: Project, command: readonly string[]): Promise<Secret> => {
  const [program = '', ...args] = command
  const at = 'password: in lockstep.yaml'
  const { status, stdout } = await ports.exec.run(program, args, { cwd: project.root, max: 64 * 1024 })
  if (status === 0) return passwordFromFile(stdout, { at })
  throw fail('DENIED', `the command that prints the password, ${quoteName(program)}, ended with status ${status}`, {
    at,
    hint: 'run it by hand to see why',
  })
}

const notEmpty = (typed: string): Secret => passwordFromFile(new TextEncoder().encode(typed))
