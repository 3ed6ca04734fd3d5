import { readdirSync } from 'node:fs'
import type { Files } from '../core/ports.ts'
import { readWhole } from './safe-read.ts'
import { absent, mapped, nullOnSync } from './system-error.ts'

/** The half of Files that changes nothing: all that a running program needs. */
export const reading: Pick<Files, 'read' | 'list'> = {
  read: readWhole,
  list: (path) => mapped('list', path, async () => nullOnSync(absent, () => readdirSync(path))?.toSorted() ?? null),
}
