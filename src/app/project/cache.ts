import { hasCode } from '../../core/errors.ts'
import { cacheDirectory } from '../../core/own-directories.ts'
import type { Ports } from '../../core/ports.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { Project } from './project.ts'

export type CachePorts = Pick<Ports, 'files' | 'machine'>

/** What one project and environment keeps in the person's cache directory. Not in the project, where a repository could
 *  bring its own along. */
export const cachePath = (
  { machine }: Pick<Ports, 'machine'>,
  kind: string,
  { root, environment }: Pick<Project, 'root' | 'environment'>,
): string => `${cacheDirectory(machine)}/${kind}-${sha256(`${root}\0${environment}`).slice(0, 16)}`

/** Null where there is none that only we can have written. */
export const readCached = async ({ files }: Pick<Ports, 'files'>, path: string): Promise<string | null> => {
  try {
    const bytes = await files.read(path, { private: true, max: 4 * 1024 * 1024 })
    return bytes === null ? null : new TextDecoder().decode(bytes)
  } catch (error) {
    if (hasCode(error, 'UNSAFE', 'UNAVAILABLE', 'DENIED')) return null
    throw error
  }
}

/** A home that cannot be written to only makes us slower. */
export const keepCached = async ({ files }: Pick<Ports, 'files'>, path: string, text: string): Promise<void> => {
  try {
    await files.makeDirectory(path.slice(0, path.lastIndexOf('/')))
    await files.write(path, new TextEncoder().encode(text))
  } catch (error) {
    if (!hasCode(error, 'UNSAFE', 'UNAVAILABLE', 'DENIED', 'NOT_FOUND')) throw error
  }
}
