import { closeSync, constants, existsSync, fstatSync, fsync, openSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fail } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import { lookAt } from './file-facts.ts'
import { isSystem, mapped, nullOn } from './system-error.ts'

/** A directory held open, so that whatever happens to its path meanwhile, names are looked up in this very one. */
export interface DirectoryHandle {
  /** As it was asked for: for messages. */
  readonly path: string
  /** What to give to a system call to reach `name` in here. */
  at(name: string): string
  /** Where names can only be reached by path: is the path still this directory? Call before and after a change.
   *  @throws UNSAFE when it was swapped */
  check(): void
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
  const fd = await mapped('open the directory', full, () => walk(full, options))
  try {
    return await work(byDescriptor ? descriptorDirectory(full, fd) : pathDirectory(full, fd, options))
  } finally {
    closeSync(fd)
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

// Opening and looking does not wait for anything worth a thread of its own: that would cost more than the call itself.
const walk = async (full: string, { under, make }: OpenDirectoryOptions): Promise<number> => {
  const parts = under === undefined ? [] : partsBelow(under, full)
  const base = under === undefined ? full : resolve(under)
  if (make !== undefined) await (await import('./make-directory.ts')).makePath(base, make)
  let here = openSync(base, directoryFlags)
  let path = base
  for (const part of parts) {
    path = join(path, part)
    try {
      const next = await step(byDescriptor ? `/proc/self/fd/${here}/${part}` : path, path, make)
      closeSync(here)
      here = next
    } catch (error) {
      closeSync(here)
      throw error
    }
  }
  return here
}

const step = async (reach: string, path: string, make: number | undefined): Promise<number> => {
  try {
    return openSync(reach, noLink)
  } catch (error) {
    if (isSystem(error, 'ENOTDIR', 'ELOOP') && isLink(reach)) throw linkInTheWay(path)
    if (make === undefined || !isSystem(error, 'ENOENT')) throw error
    await (await import('./make-directory.ts')).makeOne(reach, make)
    return step(reach, path, undefined)
  }
}

const isLink = (path: string): boolean => lookAt(path)?.isSymbolicLink() ?? false

const linkInTheWay = (path: string): Error =>
  fail('UNSAFE', `${quoteName(path)} is a symbolic link where a directory of the project should be`, {
    at: path,
    hint: 'replace the link with the directory itself',
  })

const descriptorDirectory = (path: string, fd: number): DirectoryHandle => ({
  path,
  at: (name) => `/proc/self/fd/${fd}/${name}`,
  check: () => {},
  sync: () => syncDirectory(fd),
})

const pathDirectory = (path: string, fd: number, { under }: OpenDirectoryOptions): DirectoryHandle => {
  const real = under === undefined ? realpathSync(path) : join(realpathSync(under), ...partsBelow(under, path))
  const check = (): void => {
    const [held, named] = [fstatSync(fd), statSync(real, { throwIfNoEntry: false })]
    const same = named !== undefined && held.ino === named.ino && held.dev === named.dev && realpathSync(real) === real
    if (!same) throw fail('UNSAFE', `${quoteName(path)} changed while it was in use`, { at: path })
  }
  check()
  return { path, at: (name) => join(real, name), check, sync: () => syncDirectory(fd) }
}

/** Some file systems cannot sync a directory and say EINVAL: there is nothing more to be done there. */
const syncDirectory = async (fd: number): Promise<void> => {
  const synced = (): Promise<void> =>
    new Promise((resolve, reject) => fsync(fd, (error) => (error === null ? resolve() : reject(error))))
  await nullOn(['EINVAL', 'ENOTSUP'], synced)
}
