import { day, formatDuration } from '../duration.ts'
import type { Damage } from './damage.ts'

/** What is known of backups: kept on this machine for alerts and metrics. */
export interface KnownBackup {
  /** When one was last read back whole, by whichever clone; milliseconds since 1970, null: never. */
  readonly at: number | null
  /** After how many milliseconds without one it is overdue; null: nobody waits for any. */
  readonly every: number | null
  /** What was found wrong with them from here, and is not known to be mended. */
  readonly damage: readonly Damage[]
}

/** Where lockstep.yaml does not say how often, and one was made at some time. */
export const usualEvery: number = 31 * day

/** After how many milliseconds without one somebody waits for a backup; null: nobody does, as none was ever made. */
export const everyOf = (declared: number | null, isUsed: boolean): number | null =>
  declared ?? (isUsed ? usualEvery : null)

/** A time to come was written by a clock that is wrong: it counts for nothing. */
export const isPossibleTime = (at: number, now: number): boolean => at <= now + day

/** What is wrong, where too long has passed; null: nothing. */
export const overdueBackup = ({ at, every }: Omit<KnownBackup, 'damage'>, now: number): string | null => {
  if (every === null) return null
  if (at === null || !isPossibleTime(at, now)) return 'none was ever read back whole'
  return now - at > every ? `none was read back whole within ${formatDuration(every)}` : null
}

/** The newer of what was known and what is known now: a host that does not answer takes nothing away. */
export const learnBackup = (before: KnownBackup | null, seen: KnownBackup, now: number): KnownBackup => {
  const times = [before?.at ?? null, seen.at].flatMap((at) => (at === null || !isPossibleTime(at, now) ? [] : [at]))
  return { at: times.length === 0 ? null : Math.max(...times), every: seen.every, damage: seen.damage }
}
