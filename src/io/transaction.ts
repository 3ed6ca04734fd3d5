import { unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fail, hasCode } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import type { FileChange } from '../core/ports.ts'
import { checkTarget, discard, publish, replace, stage } from './atomic-write.ts'
import { type DirectoryHandle, partsBelow, withDirectory } from './directory-handle.ts'
import { formatJournal, type Journal, type JournalEntry } from './journal.ts'
import { journalKey } from './journal-key.ts'
import { ownIdentity } from './process-identity.ts'
import { finish, recover, underWay } from './recovery.ts'
import { stagedName, sweepStaged } from './staged-name.ts'
import { inState, journalName } from './state-directory.ts'
import { mapped } from './system-error.ts'

interface Planned extends JournalEntry {
  readonly change: FileChange
}

/** See Files.transact. The journal is made with the names of what is about to be staged, and replaced, once all of it
 *  is on the disk, by one that says `committed`: that rename is the moment at which the change has happened. */
export const transact = (root: string, changes: readonly FileChange[]): Promise<void> =>
  mapped('change files in', root, async () => {
    if (changes.length === 0) return
    const planned = await plan(root, changes)
    for (const { path } of planned) await inDirectoryOf(root, path, checkTarget)
    const journal = await journalWriter(root, planned)
    await begin(root, journal('staging'))
    try {
      await stageAll(root, planned)
      await commit(root, planned, journal('committed'))
      await finish(root, planned)
    } finally {
      underWay.leave(root)
    }
  })

const plan = async (root: string, changes: readonly FileChange[]): Promise<readonly Planned[]> => {
  const planned: Planned[] = []
  for (const change of changes) {
    const path = partsBelow(root, resolve(root, change.path)).join('/')
    if (path === '') throw fail('USAGE', 'a change of files cannot change the root itself', { at: root })
    if (planned.some((other) => other.path === path))
      throw fail('INTERNAL', `${quoteName(path)} is changed twice at once`)
    planned.push({ path, staged: change.bytes === null ? null : await stagedName(basename(path)), change })
  }
  return planned
}

const inDirectoryOf = <T>(
  root: string,
  path: string,
  work: (directory: DirectoryHandle, name: string) => Promise<T>,
): Promise<T> =>
  withDirectory(dirname(join(root, path)), { under: root, make: 0o700 }, (held) => work(held, basename(path)))

type Writer = (state: Journal['state']) => Uint8Array

const journalWriter = async (root: string, planned: readonly Planned[]): Promise<Writer> => {
  const [owner, key] = [await ownIdentity(), await journalKey(root)]
  return (state) => formatJournal({ state, owner, entries: planned }, key)
}

/** Claims the journal. @throws CONFLICT when another change is still under way after a while */
const begin = async (root: string, bytes: Uint8Array): Promise<void> => {
  for (;;) {
    await recover(root)
    underWay.enter(root)
    try {
      await inState(root, (held) => publish(held, journalName, bytes, { durable: false }))
      return
    } catch (error) {
      underWay.leave(root)
      if (!hasCode(error, 'CONFLICT')) throw error
    }
  }
}

const stageAll = async (root: string, planned: readonly Planned[]): Promise<void> => {
  try {
    for (const entry of planned) await inDirectoryOf(root, entry.path, (held, name) => stageOne(held, name, entry))
    for (const path of onePerDirectory(planned)) await inDirectoryOf(root, path, (held) => held.sync())
  } catch (error) {
    await discardAll(root, planned)
    await inState(root, (held) => discard(held, journalName))
    throw error
  }
}

const stageOne = async (directory: DirectoryHandle, name: string, { staged, change }: Planned): Promise<void> => {
  await sweepStaged(directory, name)
  const owner = await checkTarget(directory, name)
  if (staged === null || change.bytes === null) return
  await stage(directory, name, change.bytes, { mode: change.mode, owner, staged })
}

const onePerDirectory = (entries: readonly JournalEntry[]): Iterable<string> =>
  new Map(entries.map(({ path }) => [dirname(path), path])).values()

/** When this fails nobody knows which journal the disk holds. It must be gone before what it names goes: a committed
 *  one would bring back the half of the change that is still there. */
const commit = async (root: string, planned: readonly Planned[], bytes: Uint8Array): Promise<void> => {
  try {
    await inState(root, (held) => replace(held, journalName, bytes, {}))
  } catch (error) {
    await inState(root, async (held) => {
      await unlink(held.at(journalName))
      await held.sync()
    })
    await discardAll(root, planned)
    throw error
  }
}

const discardAll = async (root: string, entries: readonly JournalEntry[]): Promise<void> => {
  for (const { path, staged } of entries) {
    if (staged !== null) await inDirectoryOf(root, path, (held) => discard(held, staged))
  }
}
