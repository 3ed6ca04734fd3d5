import { fail } from '../core/errors.ts'
import { parseIdentity, type ProcessIdentity } from './process-identity.ts'
import { isStagedFor } from './staged-name.ts'

/** One file of the change: `staged` is the name, beside it, of its new content; null when the file goes. */
export interface JournalEntry {
  /** Relative to the root, parts joined by `/`. */
  readonly path: string
  readonly staged: string | null
}

/** What a killed writer leaves for the next one. `staging`: content is being put beside its targets, nothing has
 *  changed yet. `committed`: everything is beside its target, and the change is to be finished. */
export interface Journal {
  readonly state: 'staging' | 'committed'
  readonly owner: ProcessIdentity
  readonly entries: readonly JournalEntry[]
}

export const formatJournal = ({ state, owner, entries }: Journal): Uint8Array =>
  new TextEncoder().encode(
    `${JSON.stringify({ format: 1, state, owner, entries: entries.map(({ path, staged }) => ({ path, staged })) })}\n`,
  )

/** Null for an empty file: after a power cut the content of a journal that was not committed may be gone.
 *  @throws TAMPERED for anything that formatJournal does not make */
export const parseJournal = (bytes: Uint8Array, at: string): Journal | null => {
  if (bytes.every((byte) => byte === 0)) return null
  const value = parseJson(new TextDecoder().decode(bytes))
  if (typeof value !== 'object' || value === null) throw notOurs(at)
  if (!('format' in value && 'state' in value && 'owner' in value && 'entries' in value)) throw notOurs(at)
  const { format, state, entries } = value
  const owner = parseIdentity(JSON.stringify(value.owner))
  if (format !== 1 || (state !== 'staging' && state !== 'committed') || owner === null) throw notOurs(at)
  if (!Array.isArray(entries)) throw notOurs(at)
  return { state, owner, entries: entries.map((entry: unknown) => parseEntry(entry, at)) }
}

const parseEntry = (entry: unknown, at: string): JournalEntry => {
  if (typeof entry !== 'object' || entry === null || !('path' in entry && 'staged' in entry)) throw notOurs(at)
  const { path, staged } = entry
  if (typeof path !== 'string' || !isPlain(path)) throw notOurs(at)
  if (staged === null) return { path, staged }
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (typeof staged !== 'string' || !isStagedFor(name, staged)) throw notOurs(at)
  return { path, staged }
}

/** Below the root without detours. */
const isPlain = (path: string): boolean =>
  !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const notOurs = (at: string): Error =>
  fail('TAMPERED', 'the journal of an unfinished change cannot be read', {
    at,
    hint: `compare the files with git status, then rm ${at}`,
  })
