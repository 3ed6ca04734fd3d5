import { fail } from '../errors.ts'
import type { SecretsError } from '../errors.ts'
import type { FileRecord, Metadata } from './metadata.ts'

/** A committed file that is not what the metadata says. */
export interface FileProblem {
  readonly kind: 'dropped' | 'unknown' | 'renamed' | 'swapped' | 'older' | 'changed'
  /** Below the secrets directory. */
  readonly path: string
  /** Names of the secrets that show it; empty where the whole file does. */
  readonly secrets: readonly string[]
  /** The file whose content this is, for `renamed` and `swapped`. */
  readonly from: string | null
}

/** The fingerprints of the secrets that a file really holds, by name. */
export type FoundSecrets = ReadonlyMap<string, string>

/** What is wrong with one file that was opened; null when it is as recorded. */
export const checkFile = (metadata: Metadata, path: string, found: FoundSecrets): FileProblem | null => {
  const record = metadata.files.get(path)
  if (record === undefined) {
    const from = sourceOf(metadata, path, found)
    return { kind: from === null ? 'unknown' : 'renamed', path, secrets: [], from }
  }
  const wrong = differing(record, found)
  if (wrong.length === 0) return null
  const from = sourceOf(metadata, path, found)
  if (from !== null) return { kind: 'swapped', path, secrets: [], from }
  const older = wrong.every((name) => isFormer(record, name, found.get(name)))
  return { kind: older ? 'older' : 'changed', path, secrets: wrong, from: null }
}

/** Files that are listed and not there, and the reverse. */
export const checkList = (metadata: Metadata, present: readonly string[]): readonly FileProblem[] => [
  ...Array.from(metadata.files.keys())
    .filter((path) => !present.includes(path))
    .map((path) => ({ kind: 'dropped' as const, path, secrets: [], from: null })),
  ...present
    .filter((path) => !metadata.files.has(path))
    .map((path) => ({ kind: 'unknown' as const, path, secrets: [], from: null })),
]

/** The error for one problem. `directory` is where the secrets are, for the commands in hints. */
export const problemError = (problem: FileProblem, directory: string): SecretsError => {
  const at = `${directory}/${problem.path}`
  const named = problem.secrets.length === 0 ? '' : `: ${problem.secrets.join(', ')}`
  const restore = `git checkout -- ${at}`
  const messages: Record<FileProblem['kind'], readonly [message: string, hint: string]> = {
    dropped: ['listed in the metadata, but the file is gone', restore],
    unknown: ['not listed in the metadata', `if you put it there: lockstep adopt ${at}; else: rm ${at}`],
    renamed: [`not listed in the metadata; it is a copy of ${directory}/${problem.from}`, `remove it: rm ${at}`],
    swapped: [`holds what belongs into ${directory}/${problem.from}`, restore],
    older: [`holds an older version${named}`, `restore the newest: ${restore}`],
    changed: [`not as lockstep wrote it${named}`, `if you changed it with ansible-vault: lockstep adopt ${at}`],
  }
  const [message, hint] = messages[problem.kind]
  return fail('TAMPERED', message, { at, hint })
}

const differing = (record: FileRecord, found: FoundSecrets): readonly string[] => {
  const names = new Set([...record.keys(), ...found.keys()])
  return Array.from(names)
    .filter((name) => (record.get(name)?.fingerprint ?? null) !== (found.get(name) ?? null))
    .sort()
}

/** Is this the value before the recorded one, or the absence of one that has only ever had one version? */
const isFormer = (record: FileRecord, name: string, fingerprint: string | undefined): boolean => {
  const entry = record.get(name)
  if (entry === undefined) return false
  return fingerprint === undefined ? entry.before === null : entry.before === fingerprint
}

/** The other file whose recorded content this is exactly; an empty file is nobody's. */
const sourceOf = (metadata: Metadata, path: string, found: FoundSecrets): string | null => {
  if (found.size === 0) return null
  for (const [other, record] of metadata.files) {
    if (other !== path && differing(record, found).length === 0) return other
  }
  return null
}
