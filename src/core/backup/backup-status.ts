import { ago } from '../duration.ts'
import type { Metadata } from '../secrets/metadata.ts'

/** How far the backups are behind what they are of. */
export interface BackupStatus {
  /** When one was last decrypted from end to end, here or by another clone that told the hosts; ISO, null: never. */
  readonly verified: string | null
  /** When the newest that verified was made; ISO. */
  readonly made: string | null
  /** Names of secrets that were written since. */
  readonly behind: readonly string[]
  /** Longer ago than `backup: { every: … }`, or never though it says one. */
  readonly isOverdue: boolean
}

interface KnownBackup {
  readonly made: string
  readonly verified: string
}

/** `known`: the newest of this clone's list, and of the hosts' notes. */
export const backupStatus = (
  known: readonly KnownBackup[],
  metadata: Metadata,
  { now, every }: { readonly now: number; readonly every: number | null },
): BackupStatus => {
  const newest = (member: keyof KnownBackup): string | null =>
    known
      .map((one) => one[member])
      .reduce<string | null>((best, one) => (best === null || one > best ? one : best), null)
  const [verified, made] = [newest('verified'), newest('made')]
  const isOverdue = every !== null && (verified === null || now - Date.parse(verified) > every)
  return { verified, made, behind: made === null ? [] : writtenSince(metadata, made), isOverdue }
}

const writtenSince = (metadata: Metadata, made: string): readonly string[] => {
  const names = Array.from(metadata.files.values()).flatMap((records) =>
    Array.from(records)
      .filter(([, { set, rotated }]) => set > made || (rotated ?? '') > made)
      .map(([name]) => name),
  )
  return [...new Set(names)].sort()
}

/** `verified 5h ago, newer than the last change`. */
export const backupWords = ({ verified, behind, isOverdue }: BackupStatus, now: number): string => {
  if (verified === null) return 'never: lockstep backup'
  const when = `verified ${ago(Date.parse(verified), now)}`
  const overdue = isOverdue ? ', overdue: lockstep backup' : ''
  if (behind.length === 0) return `${when}, newer than the last change${overdue}`
  return `${when}, before ${behind.length === 1 ? 'a change' : 'changes'} of ${behind.join(', ')}${overdue || ': lockstep backup'}`
}
