import { accessSync, constants, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { Exec } from '../core/ports.ts'
import { absent, nullOnSync } from './system-error.ts'

/** See Exec.find. Programs are looked for in absolute directories of PATH only: what lies in the working directory is not
 *  ours. */
export const findProgram = async (
  command: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | null> => {
  const places = command.includes('/')
    ? [resolve(command)]
    : (environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin')
        .split(':')
        .filter((directory) => isAbsolute(directory))
        .map((directory) => join(directory, command))
  for (const place of places) if (isProgram(place)) return place
  return null
}

export const find: Exec['find'] = (command, path) =>
  findProgram(command, path === undefined ? process.env : { PATH: path })

const isProgram = (path: string): boolean =>
  nullOnSync([...absent, 'EACCES', 'ELOOP', 'ENAMETOOLONG'], () => {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  }) ?? false
