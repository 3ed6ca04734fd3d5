import { fail } from '../../core/errors.ts'
import type { FileFacts, Files } from '../../core/ports.ts'

/** Files that are only looked at, by absolute path: what an archive holds, opened without being put anywhere. */
export const memoryFiles = (contents: ReadonlyMap<string, Uint8Array>): Files => {
  const list = (path: string): readonly string[] | null => {
    const below = [...contents.keys()].filter((one) => one.startsWith(`${path}/`))
    const names = below.map((one) => one.slice(path.length + 1).split('/')[0] ?? '')
    return below.length === 0 ? null : [...new Set(names)].sort()
  }
  const stat = (path: string): FileFacts | null => {
    const size = contents.get(path)?.length
    if (size === undefined && list(path) === null) return null
    const kind = size === undefined ? 'directory' : 'file'
    return { kind, mode: 0o600, uid: 0, gid: 0, size: size ?? 0, links: 1, modifiedAt: 0 }
  }
  return {
    read: async (path) => contents.get(path) ?? null,
    tail: refuse,
    list: async (path) => list(path),
    stat: async (path) => stat(path),
    recover: async () => false,
    ...unwritable,
  }
}

/** The same files, of which nothing may be changed: for what is only looked at. */
export const onlyRead = (files: Files): Files => ({
  read: (...call) => files.read(...call),
  tail: (...call) => files.tail(...call),
  list: (path) => files.list(path),
  stat: (path) => files.stat(path),
  recover: async () => false,
  ...unwritable,
})

const refuse = async (): Promise<never> => {
  throw fail('UNAVAILABLE', 'this is only looked at')
}

const unwritable: Omit<Files, 'read' | 'tail' | 'list' | 'stat' | 'recover'> = {
  write: refuse,
  extend: refuse,
  rename: refuse,
  create: refuse,
  transact: refuse,
  makeDirectory: refuse,
  remove: refuse,
  locked: refuse,
  briefly: refuse,
}
