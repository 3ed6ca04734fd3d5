import { lstatSync, type Stats } from 'node:fs'
import type { FileFacts } from '../core/ports.ts'
import { absent, nullOnSync } from './system-error.ts'

/** What is at a path, links not followed; null for nothing. */
export const lookAt = (path: string): Stats | null =>
  // Most often nothing is there: an answer costs less than an error.
  nullOnSync(absent, () => lstatSync(path, { throwIfNoEntry: false }) ?? null)

export const factsOf = (stats: Stats): FileFacts => ({
  kind: kindOf(stats),
  mode: stats.mode & 0o7777,
  uid: stats.uid,
  gid: stats.gid,
  size: stats.size,
  links: stats.nlink,
  modifiedAt: Math.floor(stats.mtimeMs),
})

const kindOf = (stats: Stats): FileFacts['kind'] => {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'link'
  return stats.isFIFO() ? 'fifo' : 'other'
}

const names = { file: 'file', directory: 'directory', link: 'symbolic link', fifo: 'FIFO', other: 'device or socket' }

/** As people say it: "symbolic link". */
export const kindName = (kind: FileFacts['kind']): string => names[kind]
