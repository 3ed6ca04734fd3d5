import { lstat, mkdir, open, readdir, rmdir, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Files, PathOptions, WriteOptions } from '../core/ports.ts'
import { createWhole, writeWhole } from './atomic-write.ts'
import { partsBelow, splitPath, withDirectory } from './directory-handle.ts'
import { factsOf } from './file-facts.ts'
import { withLock } from './lock-file.ts'
import { readWhole } from './safe-read.ts'
import { absent, mapped, nullOn } from './system-error.ts'
import { recover } from './recovery.ts'
import { transact } from './transaction.ts'

const listing: Files['list'] = (path) =>
  mapped('list', path, async () => (await nullOn(absent, () => readdir(path)))?.toSorted() ?? null)

const facts: Files['stat'] = (path) =>
  mapped('look at', path, async () => {
    const stats = await nullOn(absent, () => lstat(path))
    return stats === null ? null : factsOf(stats)
  })

const makeDirectory = (path: string, { mode = 0o700, under }: WriteOptions = {}): Promise<void> =>
  mapped('make the directory', path, async () => {
    const missing = await missingFrom(resolve(path), under)
    for (const each of missing) {
      await withDirectory(dirname(each), { under: under === each ? undefined : under }, async (held) => {
        const at = held.at(splitPath(each).name)
        if ((await nullOn(['EEXIST'], async () => (await mkdir(at, { mode: mode & 0o700 }), true))) === null) return
        await setMode(at, mode)
        await held.sync()
      })
    }
    await withDirectory(path, { under }, async () => {})
  })

/** The directories on the way that are not there yet, outermost first. */
const missingFrom = async (path: string, under: string | undefined): Promise<readonly string[]> => {
  if (under !== undefined) partsBelow(under, path)
  const missing: string[] = []
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    if ((await nullOn(absent, () => lstat(at))) !== null) break
    missing.unshift(at)
  }
  return missing
}

/** mkdir is subject to the umask; what was asked for holds. */
const setMode = async (path: string, mode: number): Promise<void> => {
  const handle = await open(path)
  try {
    if (((await handle.stat()).mode & 0o777) !== mode) await handle.chmod(mode)
  } finally {
    await handle.close()
  }
}

const remove = (path: string, { under }: PathOptions = {}): Promise<void> =>
  mapped('remove', path, async () => {
    if ((await nullOn(absent, () => lstat(path))) === null) return
    const { directory, name } = splitPath(path.replace(/(?<=.)\/+$/, ''))
    await withDirectory(directory, { under }, async (held) => {
      const stats = await nullOn(absent, () => lstat(held.at(name)))
      if (stats === null) return
      await nullOn(absent, () => (stats.isDirectory() ? rmdir(held.at(name)) : unlink(held.at(name))))
      await held.sync()
    })
  })

/** The file system of this machine. */
export const files: Files = {
  read: readWhole,
  write: writeWhole,
  create: createWhole,
  transact,
  recover,
  stat: facts,
  list: listing,
  makeDirectory,
  remove,
  locked: withLock,
}
