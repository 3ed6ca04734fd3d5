import { lstat, mkdtemp, readlink, rm, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scratch } from '../core/links.ts'
import { mapped, nullOn } from './system-error.ts'

// macOS allows 104 bytes in a socket's path, and its own temporary directory takes half of them
const longestBase = 60

/** Private directories for sockets and for layouts that other programs expect; they never hold a secret. */
export const scratch: Scratch = {
  directory: async () => {
    const path = await mkdtemp(join(await base(), 'lockstep-'))
    return { path, remove: () => rm(path, { recursive: true, force: true }) }
  },
  link: (target, path) => mapped('make the link', path, () => linked(target, path)),
}

const linked = async (target: string, path: string): Promise<void> => {
  const before = await nullOn(['ENOENT', 'EINVAL'], () => readlink(path))
  if (before === target) return
  if (before !== null) await unlink(path)
  await symlink(target, path)
}

const base = async (): Promise<string> => {
  for (const path of [process.env['XDG_RUNTIME_DIR'], tmpdir()]) {
    if (path !== undefined && path.length <= longestBase && (await isDirectory(path))) return path
  }
  return '/tmp'
}

const isDirectory = async (path: string): Promise<boolean> => {
  try {
    return (await lstat(path)).isDirectory()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false
    throw cause
  }
}
