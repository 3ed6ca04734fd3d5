import type { Identity } from './accounts.ts'
import { dangerousNames } from './dangerous-names.ts'
import { fail } from '../errors.ts'
import { isSecretName, quoteName } from '../names.ts'
import type { Secret } from '../secret.ts'

/** The kernel takes no single `NAME=value` longer than this, in bytes with its end mark. */
const longestVariable = 128 * 1024

export interface ChildEnvironmentOptions {
  /** Nothing of ours is passed on. */
  readonly pristine?: boolean
  /** Dangerous names that the owner has declared. */
  readonly allow?: readonly string[]
  /** Sets HOME, USER and LOGNAME to this account's. */
  readonly identity?: Identity | null
}

/** The environment of the program that `run` becomes: ours (unless pristine) without our own settings, the account's
 *  names, and `added` over all of it.
 *  @throws UNSAFE for a dangerous name; CONFIG for a name or value an environment cannot carry unchanged */
export const childEnvironment = (
  ours: Readonly<Record<string, string | undefined>>,
  added: ReadonlyMap<string, Secret | string>,
  options: ChildEnvironmentOptions = {},
): Readonly<Record<string, string>> => {
  refuseDangerous(added.keys(), options.allow ?? [])
  const result: Record<string, string> = Object.create(null)
  if (!options.pristine) {
    for (const [name, value] of Object.entries(ours)) {
      if (value !== undefined && !isBootstrapName(name)) result[name] = value
    }
  }
  if (options.identity) Object.assign(result, accountVariables(options.identity))
  for (const [name, value] of added) result[name] = environmentText(name, value)
  return result
}

/** Variables that tell us where a password or a setting is: not for the programs we start. */
export const isBootstrapName = (name: string): boolean => /^_?LOCKSTEP_/i.test(name)

/** @throws UNSAFE naming them all */
export const refuseDangerous = (names: Iterable<string>, allow: readonly string[]): void => {
  const found = dangerousNames(names, allow)
  if (found.length === 0) return
  throw fail('UNSAFE', `${found.map(quoteName).join(', ')} in the environment can make other programs run code`, {
    hint: `rename it, or say that it is meant: --allow ${found.join(',')}`,
  })
}

const accountVariables = (identity: Identity): Record<string, string> => {
  const name = identity.name ?? String(identity.uid)
  return { HOME: identity.home, USER: name, LOGNAME: name }
}

/** The value as an environment holds it, or a refusal: nothing is altered on the way.
 *  @throws CONFIG */
export const environmentText = (name: string, value: Secret | string): string => {
  if (!isSecretName(name)) throw unfit(name, 'its name is not one a shell can read', 'rename it')
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value.bytes()
  if (bytes.includes(0)) throw unfit(name, 'it holds a NUL byte', 'use `run --files DIR`: a file can hold any byte')
  if (bytes.length + name.length + 2 > longestVariable) {
    throw unfit(name, 'it is larger than one variable may be', 'use `run --files DIR`')
  }
  if (typeof value === 'string' && !value.isWellFormed()) throw unfit(name, 'it holds half a character', 'set it again')
  const text = decodeStrictly(bytes)
  if (text === null) throw unfit(name, 'it is not UTF-8 text', 'use `run --files DIR`: a file can hold any byte')
  return text
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const decodeStrictly = (bytes: Uint8Array): string | null => {
  try {
    return strict.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

const unfit = (name: string, why: string, hint: string): Error =>
  fail('CONFIG', `${quoteName(name)} cannot be put into an environment: ${why}`, { hint })
