import { lstat, mkdtemp, readFile, readdir, readlink, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scratch } from '../core/links.ts'
import { isRunning, ownIdentity, parseIdentity } from './process-identity.ts'
import { mapped, nullOn } from './system-error.ts'

// macOS allows 104 bytes in a socket's path, and its own temporary directory takes half of them
const longestBase = 60

/** Private directories for sockets and for layouts that other programs expect; they never hold a secret. */
export const scratch: Scratch = {
  directory: async () => {
    const parent = await base()
    await sweep(parent)
    const path = await mkdtemp(join(parent, 'lockstep-'))
    await writeFile(join(path, ownerFile), JSON.stringify(await ownIdentity()), { mode: 0o600, flag: 'wx' })
    return { path, remove: () => rm(path, { recursive: true, force: true }) }
  },
  link: (target, path) => mapped('make the link', path, () => linked(target, path)),
}

const ownerFile = 'owner'

/** Removes what processes that were killed could not remove. */
const sweep = async (parent: string): Promise<void> => {
  const names = (await readdir(parent)).filter((name) => /^lockstep-\w{6}$/.test(name))
  await Promise.all(
    names.map(async (name) => {
      const path = join(parent, name)
      const facts = await nullOn(['ENOENT'], () => lstat(path))
      if (facts === null || !facts.isDirectory() || facts.uid !== process.getuid?.()) return
      const text = await nullOn(['ENOENT'], () => readFile(join(path, ownerFile), 'utf8'))
      const owner = text === null ? null : parseIdentity(text)
      if (owner !== null && (await isRunning(owner)) === 'no') await rm(path, { recursive: true, force: true })
    }),
  )
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
