import { constants, existsSync } from 'node:fs'
import { type FileHandle, lstat, open, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fail } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import { makeOne, makePath } from './make-directory.ts'
import { absent, isSystem, mapped, nullOn } from './system-error.ts'

/** A directory held open, so that whatever happens to its path meanwhile, names are looked up in this very one. */
export interface DirectoryHandle {
  /** As it was asked for: for messages. */
  readonly path: string
  /** What to give to a system call to reach `name` in here. */
  at(name: string): string
  /** Where names can only be reached by path: is the path still this directory? Call before and after a change.
   *  @throws UNSAFE when it was swapped */
  check(): Promise<void>
  sync(): Promise<void>
}

export interface OpenDirectoryOptions {
  /** No link is followed between this directory and the one opened, and the path may not leave it. */
  readonly under?: string | undefined
  /** Makes what is missing, at this mode. */
  readonly make?: number | undefined
}

// Links of /proc lead to the open directory itself, not to its path. Elsewhere paths are compared instead.
const byDescriptor = process.platform === 'linux' && existsSync('/proc/self/fd')
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY
const noLink = directoryFlags | constants.O_NOFOLLOW

/** Runs `work` with the directory open.
 *  @throws NOT_FOUND when it is not there (and `make` was not asked for), UNSAFE for a link below `under` */
export const withDirectory = async <T>(
  path: string,
  options: OpenDirectoryOptions,
  work: (directory: DirectoryHandle) => Promise<T>,
): Promise<T> => {
  const full = resolve(path)
  const handle = await mapped('open the directory', full, () => walk(full, options))
  try {
    const directory = byDescriptor ? descriptorDirectory(full, handle) : await pathDirectory(full, handle, options)
    return await work(directory)
  } finally {
    await handle.close()
  }
}

/** Directory and name of a file's path. @throws USAGE for a path that names no file */
export const splitPath = (path: string): { readonly directory: string; readonly name: string } => {
  const full = resolve(path)
  const directory = dirname(full)
  const name = full.slice(directory.length).replace(/^\//, '')
  if (path === '' || path.endsWith('/') || path.includes('\0') || name === '') {
    throw fail('USAGE', `${quoteName(path)} does not name a file`, { at: path })
  }
  return { directory, name }
}

/** The parts of `path` below `under`. @throws UNSAFE when it is not below */
export const partsBelow = (under: string, path: string): readonly string[] => {
  const inside = relative(resolve(under), resolve(path))
  if (inside === '..' || inside.startsWith(`..${sep}`) || inside.includes('\0')) {
    throw fail('UNSAFE', `${quoteName(path)} leaves ${quoteName(under)}`, { at: path })
  }
  return inside === '' ? [] : inside.split(sep)
}

const walk = async (full: string, { under, make }: OpenDirectoryOptions): Promise<FileHandle> => {
  const parts = under === undefined ? [] : partsBelow(under, full)
  const base = under === undefined ? full : resolve(under)
  if (make !== undefined) await makePath(base, make)
  let here = await open(base, directoryFlags)
  let path = base
  for (const part of parts) {
    path = join(path, part)
    try {
      const next = await step(byDescriptor ? `/proc/self/fd/${here.fd}/${part}` : path, path, make)
      await here.close()
      here = next
    } catch (error) {
      await here.close()
      throw error
    }
  }
  return here
}

const step = async (reach: string, path: string, make: number | undefined): Promise<FileHandle> => {
  try {
    return await open(reach, noLink)
  } catch (error) {
    if (isSystem(error, 'ENOTDIR', 'ELOOP') && (await isLink(reach))) throw linkInTheWay(path)
    if (make === undefined || !isSystem(error, 'ENOENT')) throw error
    await makeOne(reach, make)
    return step(reach, path, undefined)
  }
}

const isLink = async (path: string): Promise<boolean> =>
  (await nullOn(absent, () => lstat(path)))?.isSymbolicLink() ?? false

const linkInTheWay = (path: string): Error =>
  fail('UNSAFE', `${quoteName(path)} is a symbolic link where a directory of the project should be`, {
    at: path,
    hint: 'replace the link with the directory itself',
  })

const descriptorDirectory = (path: string, handle: FileHandle): DirectoryHandle => ({
  path,
  at: (name) => `/proc/self/fd/${handle.fd}/${name}`,
  check: async () => {},
  sync: () => syncDirectory(handle),
})

const pathDirectory = async (
  path: string,
  handle: FileHandle,
  { under }: OpenDirectoryOptions,
): Promise<DirectoryHandle> => {
  const real = under === undefined ? await realpath(path) : join(await realpath(under), ...partsBelow(under, path))
  const check = async (): Promise<void> => {
    const [held, named] = [await handle.stat(), await nullOn(absent, () => stat(real))]
    const same = named !== null && held.ino === named.ino && held.dev === named.dev && (await realpath(real)) === real
    if (!same) throw fail('UNSAFE', `${quoteName(path)} changed while it was in use`, { at: path })
  }
  await check()
  return { path, at: (name) => join(real, name), check, sync: () => syncDirectory(handle) }
}

/** Some file systems cannot sync a directory and say EINVAL: there is nothing more to be done there. */
const syncDirectory = async (handle: FileHandle): Promise<void> => {
  await nullOn(['EINVAL', 'ENOTSUP'], () => handle.sync())
}
