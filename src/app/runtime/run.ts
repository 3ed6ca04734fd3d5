import { identityOf, type Identity } from '../../core/runtime/accounts.ts'
import { childEnvironment, refuseDangerous } from '../../core/runtime/child-environment.ts'
import { fail } from '../../core/errors.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'

export type RunPorts = Pick<Ports, 'files' | 'exec' | 'machine' | 'launcher'>

export interface RunOptions {
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** Directory in memory for one file per secret, in place of variables that hold values. */
  readonly files?: string | undefined
  /** Whom to become before the program starts: `1000`, `1000:1000`, `name`, `name:group`. */
  readonly user?: string | undefined
  /** Its argv[0]; default: the command as it was given. */
  readonly calledAs?: string | undefined
  /** Pass on nothing of our own environment. */
  readonly pristine?: boolean
  /** Dangerous names that may be set all the same. */
  readonly allow?: readonly string[]
  /** Names without which the program is not started. */
  readonly required?: readonly string[]
}

/** Becomes the program, with the secrets in its environment or in files that its environment names. Gives an exit
 *  status only where the system cannot replace a process.
 *  @throws NOT_FOUND for a program or a required secret; UNSAFE for dangerous names and a directory on a disk; CONFIG
 *  for a value that does not fit; DENIED when we may not become that user */
export const runProgram = async (
  ports: RunPorts,
  secrets: ReadonlyMap<string, Secret>,
  options: RunOptions,
): Promise<number> => {
  const [name = '', ...args] = options.command
  requireAll(secrets, options.required ?? [])
  const path = await ports.exec.find(name)
  if (path === null) throw noProgram(name)
  const identity = options.user === undefined ? null : await readIdentity(ports, options.user)
  const added = options.files === undefined ? secrets : await placed(ports, secrets, identity, options)
  const environment = childEnvironment(ports.machine.environment, added, { ...options, identity })
  return ports.launcher.become({ path, name: options.calledAs ?? name, args, environment, identity })
}

const requireAll = (secrets: ReadonlyMap<string, Secret>, required: readonly string[]): void => {
  const missing = required.filter((name) => !secrets.has(name))
  if (missing.length === 0) return
  throw fail('NOT_FOUND', `${missing.map(quoteName).join(', ')} must be there and is not`, {
    hint: 'add the group to the container in lockstep.yaml, then lockstep deploy',
  })
}

const noProgram = (name: string): Error =>
  fail('NOT_FOUND', `no program ${quoteName(name)}`, {
    hint: name.includes('/') ? 'is the path right, and the file executable?' : 'it is looked for in the PATH we have',
  })

const readIdentity = async ({ files }: Pick<Ports, 'files'>, user: string): Promise<Identity> => {
  const read = async (path: string): Promise<string | null> => {
    const bytes = await files.read(path)
    return bytes === null ? null : new TextDecoder().decode(bytes)
  }
  const [passwd, group] = await Promise.all([read('/etc/passwd'), read('/etc/group')])
  return identityOf(user, { passwd, group })
}

/** NAME_FILE for each secret; the names are judged before anything is written. */
const placed = async (
  { launcher }: Pick<Ports, 'launcher'>,
  secrets: ReadonlyMap<string, Secret>,
  identity: Identity | null,
  { files = '', allow = [] }: RunOptions,
): Promise<ReadonlyMap<string, string>> => {
  const variable = (name: string): string => `${name}_FILE`
  refuseDangerous([...secrets.keys()].map(variable), allow)
  const clash = [...secrets.keys()].find((name) => secrets.has(variable(name)))
  if (clash !== undefined) {
    throw fail('CONFLICT', `${variable(clash)} is a secret and would be where ${clash} is`, {
      hint: 'rename one of them',
    })
  }
  const paths = await launcher.place(files, secrets, identity)
  return new Map([...paths].map(([name, path]) => [variable(name), path]))
}
