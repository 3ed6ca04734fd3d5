import type { ListedBackup } from './backup-list.ts'
import { isMendable, type Damage } from './damage.ts'

/** What `backup-verify --fix` does about one archive in one place. */
export interface MendStep {
  /** Where; null: here. */
  readonly host: string | null
  readonly name: string
  /** written: the same bytes again; dropped: it goes, as nobody has them any more. */
  readonly how: 'written' | 'dropped'
  /** The host that the bytes come from; null: from here, or dropped. */
  readonly from: string | null
}

export interface MendSeen {
  readonly backups: readonly ListedBackup[]
  readonly damage: readonly Damage[]
  /** Archives whose bytes are right here, by whatever name. */
  readonly here: ReadonlySet<string>
  /** Those that a host gave back, by name, and which host. */
  readonly fetched: ReadonlyMap<string, string>
  /** Hosts whose copies were compared. */
  readonly asked: readonly string[]
  /** May an archive that nobody has whole go from the list? */
  readonly drop: boolean
}

export interface MendPlan {
  readonly steps: readonly MendStep[]
  /** What stays as it is. */
  readonly left: readonly Damage[]
  /** Archives that no place has whole: every host that was given a copy was asked. */
  readonly lost: readonly string[]
}

/** Every place gets the bytes that were written, where anybody has them still. */
export const planMend = (seen: MendSeen): MendPlan => {
  const listed = new Map(seen.backups.map((one) => [one.name, one]))
  const isWhole = (name: string): boolean => seen.here.has(name) || seen.fetched.has(name)
  const isLost = (name: string): boolean =>
    !isWhole(name) && (listed.get(name)?.copies ?? []).every((host) => seen.asked.includes(host))
  const stepFor = (one: Damage): readonly MendStep[] => {
    const { host, name } = one
    if (!isMendable(one) || !listed.has(name)) return []
    if (isWhole(name)) return [{ host, name, how: 'written', from: seen.fetched.get(name) ?? null }]
    return seen.drop && isLost(name) ? [{ host, name, how: 'dropped', from: null }] : []
  }
  const mendable = seen.damage.filter((one) => isMendable(one) && listed.has(one.name))
  return {
    steps: seen.damage.flatMap(stepFor),
    left: seen.damage.filter((one) => stepFor(one).length === 0),
    lost: [...new Set(mendable.map(({ name }) => name).filter(isLost))],
  }
}
