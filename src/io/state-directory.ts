import { join } from 'node:path'
import { type DirectoryHandle, withDirectory } from './directory-handle.ts'
import { lookAt } from './file-facts.ts'

export const stateDirectory = '.lockstep'
export const journalName = 'transaction.json'

/** Runs `work` with `<root>/.lockstep` open, made where it is missing. */
export const inState = <T>(root: string, work: (directory: DirectoryHandle) => Promise<T>): Promise<T> =>
  withDirectory(join(root, stateDirectory), { under: root, make: 0o700 }, work)

export const journalPath = (root: string): string => join(root, stateDirectory, journalName)

/** Was a change begun whose end is not known? */
export const hasJournal = (root: string): boolean => lookAt(journalPath(root)) !== null
