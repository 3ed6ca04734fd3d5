import { dueState } from '../../core/secrets/due.ts'
import type { Group, Manifest } from '../../core/manifest/manifest.ts'
import { groupOf } from '../../core/manifest/manifest.ts'
import { usersOf } from '../../core/manifest/secret-users.ts'
import type { Metadata, SecretRecord } from '../../core/secrets/metadata.ts'
import { parseGroupPath } from '../../core/secrets/metadata.ts'

/** One secret as `list` shows it. Times in milliseconds. */
export interface ListedSecret {
  readonly name: string
  readonly group: string
  /** The host whose own value this is; null: the shared one. */
  readonly host: string | null
  /** Null while it has no value. */
  readonly version: number | null
  /** ISO time of the last write. */
  readonly set: string | null
  readonly age: number | null
  readonly every: number | null
  readonly with: string | null
  readonly state: 'fresh' | 'due' | 'overdue' | 'missing'
  /** False: the group lists its keys, and this is not among them. */
  readonly declared: boolean
  /** False: containers are declared, and none of them is given its group. */
  readonly given: boolean
  /** Who uses it besides containers: `alerts`, `rotation of database`. */
  readonly users: readonly string[]
}

/** Every secret that is declared or has a value, by group and name. No value is opened. */
export const listSecrets = (manifest: Manifest, metadata: Metadata, now: number): readonly ListedSecret[] => {
  const present = Array.from(metadata.files).flatMap(([path, records]) => {
    const place = parseGroupPath(path)
    if (place === null) return []
    return Array.from(records)
      .filter(([, record]) => record.fingerprint !== null)
      .map(([name, record]) => listed(manifest, { ...place, name }, record, now))
  })
  const has = (group: Group, name: string): boolean =>
    present.some((one) => one.group === group.name && one.name === name)
  const missing = manifest.groups.flatMap((group) =>
    (group.keys ?? [])
      .filter((name) => !has(group, name))
      .map((name) => listed(manifest, { group: group.name, host: null, name }, null, now)),
  )
  return [...present, ...missing].sort(
    (a, b) => compare(a.group, b.group) || compare(a.name, b.name) || compare(a.host ?? '', b.host ?? ''),
  )
}

const isGiven = ({ containers }: Manifest, name: string): boolean =>
  containers.length === 0 || containers.some(({ groups }) => groups.includes(name))

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const listed = (
  manifest: Manifest,
  place: Pick<ListedSecret, 'name' | 'group' | 'host'>,
  record: SecretRecord | null,
  now: number,
): ListedSecret => {
  const group = groupOf(manifest, place.group)
  const since = record === null ? null : now - Date.parse(record.set)
  const age = since === null ? null : Math.max(0, since)
  const isPrevious = group?.rotate?.previous === place.name
  const every = isPrevious ? null : (group?.rotate?.every ?? null)
  return {
    ...place,
    version: record?.version ?? null,
    set: record?.set ?? null,
    age,
    every,
    with: isPrevious ? null : (group?.rotate?.with ?? null),
    state: since === null ? 'missing' : dueState(since, every),
    declared: isPrevious || (group?.keys?.includes(place.name) ?? true),
    given: isGiven(manifest, place.group),
    users: usersOf(manifest, place),
  }
}
