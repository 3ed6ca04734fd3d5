import { access, constants, stat } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { absent, nullOn } from './system-error.ts'

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
  for (const place of places) if (await isProgram(place)) return place
  return null
}

const isProgram = async (path: string): Promise<boolean> =>
  (await nullOn([...absent, 'EACCES', 'ELOOP', 'ENAMETOOLONG'], async () => {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  })) ?? false
