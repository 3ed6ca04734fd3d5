import type { BackupList, ListedBackup } from './backup-list.ts'

export interface PrunePlan {
  readonly keep: readonly string[]
  readonly remove: readonly string[]
  /** Kept beyond the number asked for, as nothing that is kept otherwise verifies. */
  readonly spared: string | null
  /** Kept beyond it, as nothing that is kept otherwise has a copy off this machine. */
  readonly away: string | null
  /** Kept until the hosts that have a copy of it answer again. */
  readonly waiting: readonly string[]
}

/** What has a copy on one of these hosts stays: without its line in the list nobody would ever remove that copy. */
export const sparing = (plan: PrunePlan, backups: readonly ListedBackup[], hosts: readonly string[]): PrunePlan => {
  const held = backups.filter(({ copies }) => copies.some((host) => hosts.includes(host))).map(({ name }) => name)
  const waiting = plan.remove.filter((name) => held.includes(name))
  return {
    ...plan,
    keep: [...plan.keep, ...waiting],
    remove: plan.remove.filter((name) => !held.includes(name)),
    waiting,
  }
}

export interface PruneSeen {
  /** Names that were read and decrypted just now. */
  readonly good: ReadonlySet<string>
  /** Those that have a copy on a host; null: that is not to count, as copies are about to be made. */
  readonly away: ReadonlySet<string> | null
}

/** The newest `most` stay. Where none of these verifies, the newest that does stays as well, and where none of those that
 *  verify has a copy off this machine the newest that has one, whatever the number. */
export const planPrune = (backups: readonly ListedBackup[], most: number, { good, away }: PruneSeen): PrunePlan => {
  const names = [...backups].sort((a, b) => b.number - a.number).map(({ name }) => name)
  const [staying, going] = [names.slice(0, most), names.slice(most)]
  /** The newest of those that go, where none that stays is like that. */
  const lastOf = (is: (name: string) => boolean): string | null => (staying.some(is) ? null : (going.find(is) ?? null))
  const spared = lastOf((name) => good.has(name))
  // nothing is known to be good: then nothing is known to be superfluous
  if (spared === null && !staying.some((name) => good.has(name))) {
    return { keep: names, remove: [], spared: null, away: null, waiting: [] }
  }
  const lastAway = away === null ? null : lastOf((name) => good.has(name) && away.has(name))
  const remove = going.filter((name) => name !== spared && name !== lastAway)
  const keep = names.filter((name) => !remove.includes(name))
  return { keep, remove, spared, away: lastAway === spared ? null : lastAway, waiting: [] }
}

/** Which of them have a copy on a host, as far as is known: one that was found damaged there is none. */
export const awayOf = ({ backups, damage }: Pick<BackupList, 'backups' | 'damage'>): ReadonlySet<string> => {
  const isWhole = (name: string, host: string): boolean => !damage.some((one) => one.host === host && one.name === name)
  return new Set(backups.flatMap(({ name, copies }) => (copies.some((host) => isWhole(name, host)) ? [name] : [])))
}
