import { ago } from '../duration.ts'
import { few } from '../names.ts'
import { damageFix, damagePlace, isMendable, type Damage } from './damage.ts'
import { isPossibleTime, overdueBackup, everyOf, type KnownBackup } from './backup-due.ts'
import type { Metadata } from '../secrets/metadata.ts'

/** How far the backups are behind what they are of. */
export interface BackupStatus {
  /** When one was last decrypted from end to end, here or by another clone that told the hosts; ISO, null: never. */
  readonly verified: string | null
  /** When the newest that verified was made; ISO. */
  readonly made: string | null
  /** Names of secrets that were written since. */
  readonly behind: readonly string[]
  /** After so many milliseconds without one that verified it is overdue: `backup: { every: … }`, or a month where one was
   *  ever made; null: neither. */
  readonly every: number | null
  readonly isOverdue: boolean
  /** What the last `backup-verify` from here found wrong. */
  readonly damage: readonly Damage[]
}

interface VerifiedBackup {
  readonly made: string
  readonly verified: string
}

export interface BackupSeen {
  readonly now: number
  /** Of lockstep.yaml. */
  readonly every: number | null
  /** Was one ever made here, whether it verified or not? */
  readonly isUsed: boolean
  readonly damage: readonly Damage[]
}

/** `all`: the newest of this clone's list, and of the hosts' notes. */
export const backupStatus = (
  all: readonly VerifiedBackup[],
  metadata: Metadata,
  { now, every: declared, isUsed, damage }: BackupSeen,
): BackupStatus => {
  const known = all.filter((one) => isPossibleTime(Date.parse(one.verified), now))
  const newest = (member: keyof VerifiedBackup): string | null =>
    known
      .map((one) => one[member])
      .reduce<string | null>((best, one) => (best === null || one > best ? one : best), null)
  const [verified, made] = [newest('verified'), newest('made')]
  const every = everyOf(declared, isUsed || all.length > 0)
  const isOverdue = overdueBackup({ at: timeOf(verified), every }, now) !== null
  return { verified, made, behind: made === null ? [] : writtenSince(metadata, made), every, isOverdue, damage }
}

/** What of it is kept on this machine. */
export const knownBackup = ({ verified, every, damage }: BackupStatus): KnownBackup => ({
  at: timeOf(verified),
  every,
  damage,
})

const timeOf = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso))

const writtenSince = (metadata: Metadata, made: string): readonly string[] => {
  const names = Array.from(metadata.files.values()).flatMap((records) =>
    Array.from(records)
      .filter(([, { set, rotated }]) => set > made || (rotated ?? '') > made)
      .map(([name]) => name),
  )
  return [...new Set(names)].sort()
}

/** `verified 5h ago, newer than the last change`. */
export const backupWords = ({ damage, ...status }: BackupStatus, now: number): string => {
  const [first] = damage
  const says = verifiedWords(status, now)
  if (first === undefined) return says
  return `${says}; not as it was written: ${few(damage.map(damagePlace))}: ${damageFix(damage.find(isMendable) ?? first)}`
}

const verifiedWords = ({ verified, behind, isOverdue }: Omit<BackupStatus, 'damage'>, now: number): string => {
  if (verified === null) return 'never: lockstep backup'
  const when = `verified ${ago(Date.parse(verified), now)}`
  const overdue = isOverdue ? ', overdue: lockstep backup' : ''
  if (behind.length === 0) return `${when}, newer than the last change${overdue}`
  return `${when}, before ${behind.length === 1 ? 'a change' : 'changes'} of ${behind.join(', ')}${overdue || ': lockstep backup'}`
}
