import { hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'

export type CachePorts = Pick<Ports, 'files' | 'machine'>

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
