import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Assets } from '../core/ports.ts'
import { absent, nullOn } from './system-error.ts'

/** Folders beside our own package.json, wherever below it this file (src/io, dist/program) or the single executable
 *  (build) ended up. */
export const assets: Pick<Assets, 'folder'> = {
  folder: async (name) => {
    for (const start of [import.meta.dirname, dirname(process.execPath)]) {
      const found = await above(start, name)
      if (found !== null) return found
    }
    return null
  },
}

const above = async (start: string, name: string): Promise<string | null> => {
  for (let directory = start; dirname(directory) !== directory; directory = dirname(directory)) {
    if (!(await isOurs(join(directory, 'package.json')))) continue
    const path = join(directory, name)
    const facts = await nullOn(absent, () => stat(path))
    return facts?.isDirectory() === true ? path : null
  }
  return null
}

const isOurs = async (path: string): Promise<boolean> => {
  const text = await nullOn(absent, () => readFile(path, 'utf8'))
  return text !== null && /^\s*"name": "lockstep",?$/m.test(text)
}
