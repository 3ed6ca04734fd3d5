import { SecretsError } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'

/** Where the two halves of a scope are. */
export interface ScopePaths {
  readonly passwordFile: string
  readonly directory: string
}

/** Where a container finds its scope, unless it is told otherwise. */
export const defaultPasswordFile = '/app/vault-password'
const defaultDirectory = '/app/secrets'

const usual: ScopePaths = { passwordFile: defaultPasswordFile, directory: defaultDirectory }

/** The directory that is changed below a running program: on_change is signal, command or none. */
const live: ScopePaths = {
  passwordFile: '/run/lockstep/current/vault-password',
  directory: '/run/lockstep/current/secrets',
}

export type PlacePorts = Pick<Ports, 'machine'> & { readonly files: Pick<Ports['files'], 'read'> }

/** The first of the usual places that has a password: /app, the live directory, what systemd hands over as credentials.
 *  Null where none has. */
export const findScope = async ({ files, machine }: PlacePorts): Promise<ScopePaths | null> => {
  const credentials = machine.environment['CREDENTIALS_DIRECTORY']
  const own =
    credentials === undefined ? [] : [{ passwordFile: `${credentials}/vault-password`, directory: credentials }]
  for (const place of [usual, live, ...own]) if (await isThere(files, place.passwordFile)) return place
  return null
}

/** The places that were named, the others by default: as found, else the usual ones, which are then said to be missing. */
export const scopePaths = async (
  ports: PlacePorts,
  named: { readonly passwordFile?: string | undefined; readonly directory?: string | undefined },
): Promise<ScopePaths> => {
  const isNamed = named.passwordFile !== undefined || named.directory !== undefined
  const found = isNamed ? usual : ((await findScope(ports)) ?? usual)
  return {
    passwordFile: named.passwordFile ?? found.passwordFile,
    directory: named.directory ?? found.directory,
  }
}

/** One that may not be read is there as well: who reads it says why it cannot. */
const isThere = async (files: PlacePorts['files'], path: string): Promise<boolean> => {
  try {
    return (await files.read(path)) !== null
  } catch (error) {
    if (error instanceof SecretsError) return true
    throw error
  }
}
