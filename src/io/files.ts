import { lstat, rmdir, unlink } from 'node:fs/promises'
import type { Files, PathOptions, WriteOptions } from '../core/ports.ts'
import { createWhole, writeWhole } from './atomic-write.ts'
import { splitPath, withDirectory } from './directory-handle.ts'
import { factsOf } from './file-facts.ts'
import { withLock } from './lock-file.ts'
import { reading } from './reading.ts'
import { absent, mapped, nullOn } from './system-error.ts'
import { recover } from './recovery.ts'
import { transact } from './transaction.ts'

const facts: Files['stat'] = (path) =>
  mapped('look at', path, async () => {
    const stats = await nullOn(absent, () => lstat(path))
    return stats === null ? null : factsOf(stats)
  })

const makeDirectory = (path: string, { mode = 0o700, under }: WriteOptions = {}): Promise<void> =>
  mapped('make the directory', path, () => withDirectory(path, { under, make: mode }, (held) => held.sync()))

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
  ...reading,
  write: writeWhole,
  create: createWhole,
  transact,
  recover,
  stat: facts,
  makeDirectory,
  remove,
  locked: withLock,
}
