import type { ListedBackup } from './backup-list.ts'

export interface PrunePlan {
  readonly keep: readonly string[]
  readonly remove: readonly string[]
  /** Kept beyond the number asked for, as nothing that is kept otherwise verifies. */
  readonly spared: string | null
}

/** The newest `keep` stay. Where none of these verifies, the newest that does stays as well, whatever the number.
 *  `good` are the names that were read and decrypted just now. */
export const planPrune = (backups: readonly ListedBackup[], keep: number, good: ReadonlySet<string>): PrunePlan => {
  const sorted = [...backups].sort((a, b) => b.number - a.number)
  const staying = sorted.slice(0, keep).map(({ name }) => name)
  const going = sorted.slice(keep).map(({ name }) => name)
  const spared = staying.some((name) => good.has(name)) ? null : (going.find((name) => good.has(name)) ?? null)
  // nothing is known to be good: then nothing is known to be superfluous
  if (spared === null && !staying.some((name) => good.has(name))) {
    return { keep: sorted.map(({ name }) => name), remove: [], spared: null }
  }
  const removed = going.filter((name) => name !== spared)
  return { keep: sorted.map(({ name }) => name).filter((name) => !removed.includes(name)), remove: removed, spared }
}
