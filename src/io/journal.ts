import { dirname } from 'node:path'
import { fail } from '../core/errors.ts'
import { shellWord } from '../core/host-text.ts'
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

/** A journal as it was found; what it says counts only once `isMadeWith` holds for a key of ours. */
export interface FoundJournal extends Journal {
  isMadeWith(key: Uint8Array): boolean
}

export const formatJournal = ({ state, owner, entries }: Journal, key: Uint8Array): Uint8Array => {
  const change = { state, owner, entries: entries.map(({ path, staged }) => ({ path, staged })) }
  return new TextEncoder().encode(`${JSON.stringify({ format: 2, change, mac: macOf(change, key).toString('hex') })}\n`)
}

/** Null for an empty file: after a power cut the content of a journal that was not committed may be gone.
 *  @throws TAMPERED for anything that formatJournal does not make */
export const parseJournal = (bytes: Uint8Array, at: string): FoundJournal | null => {
  if (bytes.every((byte) => byte === 0)) return null
  const value = parseJson(new TextDecoder().decode(bytes))
  if (typeof value !== 'object' || value === null) throw notOurs(at)
  if (!('format' in value && 'change' in value && 'mac' in value)) throw notOurs(at)
  const { format, change, mac } = value
  if (format !== 2 || typeof mac !== 'string' || !/^[0-9a-f]{64}$/.test(mac)) throw notOurs(at)
  const isMadeWith = (key: Uint8Array): boolean => crypto().timingSafeEqual(macOf(change, key), Buffer.from(mac, 'hex'))
  return { ...parseChange(change, at), isMadeWith }
}

/** Asked for when used: most calls only read. */
const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')

const macOf = (change: unknown, key: Uint8Array): Buffer =>
  crypto()
    .createHmac('sha256', key)
    .update(`lockstep/journal ${JSON.stringify(change)}`)
    .digest()

const parseChange = (change: unknown, at: string): Journal => {
  if (typeof change !== 'object' || change === null) throw notOurs(at)
  if (!('state' in change && 'owner' in change && 'entries' in change)) throw notOurs(at)
  const { state, entries } = change
  const owner = parseIdentity(JSON.stringify(change.owner))
  if ((state !== 'staging' && state !== 'committed') || owner === null) throw notOurs(at)
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
  fail('TAMPERED', 'the journal of an unfinished change cannot be read', hintFor(at))

/** It may be one that came with the files: then it says what somebody else wants done here. */
export const fromElsewhere = (at: string): Error =>
  fail(
    'TAMPERED',
    'the journal of an unfinished change was not made here by you; nothing of it was carried out',
    hintFor(at),
  )

const hintFor = (at: string): { readonly at: string; readonly hint: string } => ({
  at,
  hint: `see what git status and git ls-files .lockstep show; if files are half changed, git checkout them; then rm -r ${shellWord(dirname(at))}`,
})
