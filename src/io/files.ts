import type { Files } from '../core/ports.ts'
import { factsOf, lookAt } from './file-facts.ts'
import { reading } from './reading.ts'
import { hasJournal } from './state-directory.ts'
import { mapped } from './system-error.ts'

/** The file system of this machine. What changes it is loaded when it is used: most calls only read. */
export const files: Files = {
  ...reading,
  stat: (path) =>
    mapped('look at', path, async () => {
      const stats = lookAt(path)
      return stats === null ? null : factsOf(stats)
    }),
  write: async (path, bytes, options) =>
    options?.durable === false
      ? (await import('./extend.ts')).replaceBriefly(path, bytes, options)
      : (await import('./atomic-write.ts')).writeWhole(path, bytes, options),
  create: async (...call) => (await import('./atomic-write.ts')).createWhole(...call),
  transact: async (...call) => (await import('./transaction.ts')).transact(...call),
  recover: (root) =>
    mapped('finish the change of files in', root, async () =>
      hasJournal(root) ? (await import('./recovery.ts')).recover(root) : false,
    ),
  tail: async (...call) => (await import('./extend.ts')).tailOf(...call),
  extend: async (...call) => (await import('./extend.ts')).extend(...call),
  rename: async (...call) => (await import('./extend.ts')).renameFile(...call),
  makeDirectory: async (...call) => (await import('./directories.ts')).makeDirectory(...call),
  remove: async (...call) => (await import('./directories.ts')).remove(...call),
  briefly: async (path, work, options) => (await import('./brief-lock.ts')).withBriefLock(path, work, options?.under),
  locked: async (path, work, options) => (await import('./lock-file.ts')).withLock(path, work, options),
}
