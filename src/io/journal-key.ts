import { dirname, join } from 'node:path'
import { hasCode } from '../core/errors.ts'
import { personalState } from '../core/own-directories.ts'
import { machine } from './machine.ts'
import { partsBelow } from './directory-handle.ts'
import { random } from './random.ts'
import { readWhole } from './safe-read.ts'

const length = 32

/** For a person without a place to keep one: what this process leaves, at least this process can finish. */
const ofThisProcess = random.bytes(length)

/** The person's own key, which says that a journal was begun here by them; made when there is none. */
export const journalKey = async (root: string): Promise<Uint8Array> => {
  try {
    return (await keptKey(root)) ?? (await makeKey(root))
  } catch (error) {
    // a home that cannot be used must not keep anybody from changing a project
    if (hasCode(error, ...unusable)) return ofThisProcess
    throw error
  }
}

/** The keys that a journal found here may have been made with. */
export const knownKeys = async (root: string): Promise<readonly Uint8Array[]> => {
  try {
    const kept = await keptKey(root)
    return kept === null ? [ofThisProcess] : [kept, ofThisProcess]
  } catch (error) {
    if (hasCode(error, ...unusable)) return [ofThisProcess]
    throw error
  }
}

const unusable = ['UNSAFE', 'UNAVAILABLE', 'DENIED', 'NOT_FOUND'] as const

const keyPath = (): string => join(personalState(machine), 'journal-key')

const keptKey = async (root: string): Promise<Uint8Array | null> => {
  const bytes = isBelow(root, keyPath()) ? null : await readWhole(keyPath(), { private: true, max: 4096 })
  return bytes?.length === length ? bytes : null
}

const makeKey = async (root: string): Promise<Uint8Array> => {
  const path = keyPath()
  if (isBelow(root, path)) return ofThisProcess
  const [{ makeDirectory }, { createWhole }] = await Promise.all([
    import('./directories.ts'),
    import('./atomic-write.ts'),
  ])
  await makeDirectory(dirname(path))
  try {
    await createWhole(path, random.bytes(length))
  } catch (error) {
    // another process was quicker
    if (!hasCode(error, 'CONFLICT')) throw error
  }
  return (await keptKey(root)) ?? ofThisProcess
}

/** A project around the home directory could bring the key along. */
const isBelow = (root: string, path: string): boolean => {
  try {
    return partsBelow(root, path).length > 0
  } catch (error) {
    if (hasCode(error, 'UNSAFE')) return false
    throw error
  }
}
