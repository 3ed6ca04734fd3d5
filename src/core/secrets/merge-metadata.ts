import type { FileRecord, Metadata, Operator, SecretRecord } from './metadata.ts'
import { parseGroupPath, placesOf } from './metadata.ts'
import { mergeMaps } from './three-way.ts'

export interface MergedMetadata {
  readonly metadata: Metadata
  /** What both changed, one line each: names and fingerprints. */
  readonly conflicts: readonly string[]
}

/** Merges what two branches know of the secrets. Where both changed the same one, ours stays, with a version above
 *  both: whatever a host got before, the next delivery is newer. */
export const mergeMetadata = (base: Metadata, ours: Metadata, theirs: Metadata): MergedMetadata => {
  const conflicts: string[] = []
  const files = new Map<string, FileRecord>()
  for (const path of new Set([...ours.files.keys(), ...theirs.files.keys()])) {
    const sides = [base, ours, theirs].map((side) => side.files.get(path))
    const merged = mergeFile(path, sides[0], sides[1], sides[2], conflicts)
    if (merged !== null) files.set(path, merged)
  }
  const operators = mergeMaps(base.operators, ours.operators, theirs.operators, sameOperator)
  conflicts.push(...operators.conflicts.map((name) => `operator ${name}: two different keys`))
  const recovery = chooseSide([base, ours, theirs].map((side) => side.recovery?.recipient ?? null))
  if (recovery.isConflict) conflicts.push('recovery identity: two different ones; backups are for ours')
  const accepted = chooseSide([base, ours, theirs].map((side) => side.accepted))
  if (accepted.isConflict) conflicts.push('accepted-findings.json: what our branch accepted holds')
  const metadata = {
    ...ours,
    files,
    operators: operators.merged,
    recovery: recovery.isTheirs ? theirs.recovery : ours.recovery,
    accepted: accepted.isTheirs ? theirs.accepted : ours.accepted,
  }
  conflicts.push(...inTwoGroups(metadata))
  return { metadata, conflicts }
}

const mergeFile = (
  path: string,
  base: FileRecord | undefined,
  ours: FileRecord | undefined,
  theirs: FileRecord | undefined,
  conflicts: string[],
): FileRecord | null => {
  const [left, right] = [ours ?? theirs, theirs ?? ours]
  if (left === undefined || right === undefined) return null
  // One side removed the file and the other left it as it was: git removes it, and so do we.
  if (base !== undefined && (ours === undefined || theirs === undefined) && sameFile(base, left)) return null
  const records = new Map<string, SecretRecord>()
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const { record, isConflict } = mergeRecord(base?.get(name), left.get(name), right.get(name))
    if (record !== null) records.set(name, record)
    if (isConflict)
      conflicts.push(`${name} in ${path}: ours ${shown(left.get(name))}, theirs ${shown(right.get(name))}`)
  }
  return records
}

/** Decided by fingerprint alone, so that it is the decision that the merge of the values makes as well. No version is
 *  ever given to two values. */
const mergeRecord = (
  base: SecretRecord | undefined,
  ours: SecretRecord | undefined,
  theirs: SecretRecord | undefined,
): { readonly record: SecretRecord | null; readonly isConflict: boolean } => {
  const [before, mine, other] = [base, ours, theirs].map((record) => record?.fingerprint ?? null)
  const highest = Math.max(ours?.version ?? 0, theirs?.version ?? 0)
  if (mine === other) {
    const record = (theirs?.version ?? 0) > (ours?.version ?? 0) ? theirs : (ours ?? theirs)
    return { record: record ?? null, isConflict: false }
  }
  const isConflict = before !== mine && before !== other
  const chosen = before === mine ? theirs : ours
  if (chosen === undefined) return { record: null, isConflict }
  const version = isConflict || chosen.version < highest ? highest + 1 : chosen.version
  return { record: { ...chosen, version }, isConflict }
}

const shown = (record: SecretRecord | undefined): string => record?.fingerprint ?? 'removed'

const sameRecord = (a: SecretRecord, b: SecretRecord): boolean =>
  a.version === b.version &&
  a.set === b.set &&
  a.rotated === b.rotated &&
  a.fingerprint === b.fingerprint &&
  a.before === b.before

const sameFile = (a: FileRecord, b: FileRecord): boolean =>
  a.size === b.size &&
  Array.from(a).every(([name, record]) => sameRecord(record, b.get(name) ?? { ...record, version: 0 }))

const sameOperator = (a: Operator, b: Operator): boolean => a.recipient === b.recipient

/** Of one value on each side: whether theirs is the one that changed, or both did. */
const chooseSide = ([base, ours, theirs]: readonly (string | null)[]): {
  readonly isTheirs: boolean
  readonly isConflict: boolean
} => {
  const isTheirs = ours !== theirs && ours === base
  return { isTheirs, isConflict: ours !== theirs && ours !== base && theirs !== base }
}

const inTwoGroups = (metadata: Metadata): readonly string[] => {
  const names = new Set(Array.from(metadata.files.values()).flatMap((records) => Array.from(records.keys())))
  return Array.from(names).flatMap((name) => {
    const groups = new Set(placesOf(metadata, name).map(({ path }) => parseGroupPath(path)?.group ?? ''))
    return groups.size > 1 ? [`${name}: now in the groups ${Array.from(groups).sort().join(' and ')}`] : []
  })
}
