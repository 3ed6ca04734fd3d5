import { absolutePath } from '../../core/absolute-path.ts'
import { longestArchive } from '../../core/backup/belongs.ts'
import type { Ports } from '../../core/ports.ts'
import { findRoot } from '../project/project.ts'
import { backupsFolder } from './backup-store.ts'

export interface FoundArchive {
  readonly path: string
  /** Null: there is none. */
  readonly bytes: Uint8Array | null
  /** Of the project that we are in; null: in none. */
  readonly root: string | null
}

/** An archive by its path, or by its name in the project's `backups/`. */
export const findArchive = async (ports: Pick<Ports, 'files' | 'machine'>, named: string): Promise<FoundArchive> => {
  const root = await findRoot(ports)
  const given = absolutePath(named, ports.machine.cwd)
  const read = (path: string): Promise<Uint8Array | null> => ports.files.read(path, { max: longestArchive })
  const bytes = await read(given)
  if (bytes !== null || root === null || named.includes('/')) return { path: given, bytes, root }
  const path = `${root}/${backupsFolder}/${named}`
  return { path, bytes: await read(path), root }
}
