import { lstat, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { absent, nullOn } from './system-error.ts'

/** Makes one directory; something there already is fine. `mode` holds whatever the umask. True when it was made. */
export const makeOne = async (path: string, mode: number): Promise<boolean> => {
  const made = await nullOn(['EEXIST'], async () => (await mkdir(path, { mode: mode & 0o700 }), true))
  if (made === null) return false
  const { mode: got } = await lstat(path)
  if ((got & 0o777) !== mode) await setMode(path, mode)
  return true
}

const setMode = async (path: string, mode: number): Promise<void> => {
  const handle = await nullOn(['EACCES'], () => open(path))
  if (handle === null) return
  try {
    await handle.chmod(mode)
  } finally {
    await handle.close()
  }
}

/** Makes a directory and what is missing above it. */
export const makePath = async (path: string, mode: number): Promise<void> => {
  const missing: string[] = []
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    if ((await nullOn(absent, () => lstat(at))) !== null) break
    missing.unshift(at)
  }
  for (const each of missing) await makeOne(each, mode)
}
