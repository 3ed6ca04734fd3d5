import { lstat, rmdir, unlink } from 'node:fs/promises'
import type { PathOptions, WriteOptions } from '../core/ports.ts'
import { splitPath, withDirectory } from './directory-handle.ts'
import { absent, mapped, nullOn } from './system-error.ts'

/** See Files.makeDirectory. */
export const makeDirectory = (path: string, { mode = 0o700, under }: WriteOptions = {}): Promise<void> =>
  mapped('make the directory', path, () => withDirectory(path, { under, make: mode }, (held) => held.sync()))

/** See Files.remove. */
export const remove = (path: string, { under }: PathOptions = {}): Promise<void> =>
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
