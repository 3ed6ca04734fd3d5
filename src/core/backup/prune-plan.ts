import type { ListedBackup } from './backup-list.ts'

export interface PrunePlan {
  readonly keep: readonly string[]
  readonly remove: readonly string[]
  /** Kept beyond the number asked for, as nothing that is kept otherwise verifies. */
  readonly spared: string | null
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

/** The newest `most` stay. Where none of these verifies, the newest that does stays as well, whatever the number.
 *  `good` are the names that were read and decrypted just now. */
export const planPrune = (backups: readonly ListedBackup[], most: number, good: ReadonlySet<string>): PrunePlan => {
  const sorted = [...backups].sort((a, b) => b.number - a.number)
  const staying = sorted.slice(0, most).map(({ name }) => name)
  const going = sorted.slice(most).map(({ name }) => name)
  const spared = staying.some((name) => good.has(name)) ? null : (going.find((name) => good.has(name)) ?? null)
  // nothing is known to be good: then nothing is known to be superfluous
  if (spared === null && !staying.some((name) => good.has(name))) {
    return { keep: sorted.map(({ name }) => name), remove: [], spared: null, waiting: [] }
  }
  const removed = going.filter((name) => name !== spared)
  const keep = sorted.map(({ name }) => name).filter((name) => !removed.includes(name))
  return { keep, remove: removed, spared, waiting: [] }
}
