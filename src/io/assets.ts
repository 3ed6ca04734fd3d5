import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Assets } from '../core/ports.ts'
import { absent, nullOn } from './system-error.ts'

/** Folders beside our own package.json, wherever below it this file ended up (src/io, dist, dist/chunks). */
export const assets: Assets = {
  folder: async (name) => {
    for (let directory = import.meta.dirname; dirname(directory) !== directory; directory = dirname(directory)) {
      if (!(await isOurs(join(directory, 'package.json')))) continue
      const path = join(directory, name)
      const facts = await nullOn(absent, () => stat(path))
      return facts?.isDirectory() === true ? path : null
    }
    return null
  },
}

const isOurs = async (path: string): Promise<boolean> => {
  const text = await nullOn(absent, () => readFile(path, 'utf8'))
  return text !== null && /^\s*"name": "lockstep",?$/m.test(text)
}
