import { rename, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import { discard } from './atomic-write.ts'
import { type DirectoryHandle, withDirectory } from './directory-handle.ts'
import { type FoundJournal, fromElsewhere, type Journal, type JournalEntry, parseJournal } from './journal.ts'
import { knownKeys } from './journal-key.ts'
import { withLock } from './lock-file.ts'
import { isRunning } from './process-identity.ts'
import { readWhole } from './safe-read.ts'
import { sweepStaged } from './staged-name.ts'
import { hasJournal, inState, journalName, journalPath, stateDirectory } from './state-directory.ts'
import { absent, mapped, nullOn } from './system-error.ts'

const patience = 10_000
const poll = 20

const changes = new Map<string, number>()

/** Roots with changes of this very process under way: a journal of ours for any other root is left from a failure. Each
 *  change enters before its journal is there, or another one would take that for such a leftover and sweep it. */
export const underWay = {
  has: (root: string): boolean => changes.has(resolve(root)),
  enter: (root: string): void => void changes.set(resolve(root), (changes.get(resolve(root)) ?? 0) + 1),
  leave: (root: string): void => {
    const left = (changes.get(resolve(root)) ?? 0) - 1
    if (left > 0) changes.set(resolve(root), left)
    else changes.delete(resolve(root))
  },
}

/** See Files.recover. */
export const recover = (root: string): Promise<boolean> =>
  mapped('finish the change of files in', root, async () => {
    if (!hasJournal(root)) return false
    const path = journalPath(root)
    const deadline = performance.now() + patience
    for (;;) {
      const found = await attempt(root, path)
      if (found !== 'busy') return found === 'finished'
      if (performance.now() > deadline) throw stillBusy(root)
      await sleep(poll)
    }
  })

/** One process at a time, and each looks again at what is there: the journal of a later change is not the one it came
 *  for. */
const attempt = async (root: string, path: string): Promise<'busy' | 'finished' | 'nothing'> => {
  if (await isBusy(root, await readJournal(root, path))) return 'busy'
  return withLock(join(root, stateDirectory, 'recovery.lock'), async () => {
    const journal = await readJournal(root, path)
    if (journal === null) return 'nothing'
    if (await isBusy(root, journal)) return 'busy'
    const keys = await knownKeys(root)
    if (!keys.some((key) => journal.isMadeWith(key))) throw fromElsewhere(path)
    await (journal.state === 'committed' ? finish(root, journal.entries) : sweep(root, journal.entries))
    return 'finished'
  })
}

const readJournal = async (root: string, path: string): Promise<FoundJournal | null> => {
  const bytes = await readWhole(path, { under: root })
  if (bytes === null) return null
  const journal = parseJournal(bytes, path)
  if (journal === null) await inState(root, (held) => discard(held, journalName))
  return journal
}

const isBusy = async (root: string, journal: Journal | null): Promise<boolean> => {
  if (journal === null) return false
  if (journal.owner.pid === process.pid) return underWay.has(root)
  return (await isRunning(journal.owner)) === 'yes'
}

/** Rolls a committed change forward; every step may have been done already by an earlier attempt. */
export const finish = async (root: string, entries: readonly JournalEntry[]): Promise<void> => {
  for (const [directory, inside] of grouped(entries)) {
    await withDirectory(join(root, directory), { under: root, make: 0o700 }, async (held) => {
      held.check()
      for (const { path, staged } of inside) await nullOn(absent, () => moveIntoPlace(held, basename(path), staged))
      held.check()
      await held.sync()
    })
  }
  await inState(root, async (held) => {
    await nullOn(absent, () => unlink(held.at(journalName)))
    // A removal repeated from a journal that came back after a power cut could hit a file made since.
    if (entries.some(({ staged }) => staged === null)) await held.sync()
  })
}

const grouped = (entries: readonly JournalEntry[]): Map<string, JournalEntry[]> =>
  Map.groupBy(entries, ({ path }) => dirname(path))

const moveIntoPlace = (held: DirectoryHandle, name: string, staged: string | null): Promise<void> =>
  staged === null ? unlink(held.at(name)) : rename(held.at(staged), held.at(name))

/** Removes what was staged for a change that was never committed. */
const sweep = async (root: string, entries: readonly JournalEntry[]): Promise<void> => {
  for (const [directory, inside] of grouped(entries)) {
    await nullOn(absent, () =>
      withDirectory(join(root, directory), { under: root }, async (held) => {
        for (const { staged } of inside) if (staged !== null) await discard(held, staged)
      }),
    )
  }
  await inState(root, async (held) => {
    await sweepStaged(held, journalName)
    await nullOn(absent, () => unlink(held.at(journalName)))
  })
}

const stillBusy = (root: string): Error =>
  fail('CONFLICT', `another lockstep is changing files in ${quoteName(root)}`, {
    at: root,
    hint: 'wait for it to finish and run the same command again',
  })
