import { fail } from '../errors.ts'
import type { Canonical } from '../canonical.ts'
import type { HostPlacement } from './placement.ts'
import type { Container, Manifest } from '../manifest/manifest.ts'

/** A secret of the project, without its value. Times are ISO, UTC. */
export interface ProjectSecret {
  readonly name: string
  readonly group: string
  /** Null: the same on every host; else the value of this host alone. */
  readonly host: string | null
  readonly version: number
  readonly set: string
  readonly rotated: string | null
}

/** One secret as a host's manifest names it. */
export interface PlacedSecret extends ProjectSecret {
  /** Keyed with the host's own fingerprint key. */
  readonly fingerprint: string
  /** What it was under the keys before the one in force. */
  readonly former: readonly string[]
}

/** What one scope on one host should hold. */
export interface DesiredScope {
  /** `host`, or `container/<name>`. */
  readonly scope: string
  /** Owner of its files; null: root. */
  readonly uid: number | null
  readonly groups: readonly string[]
  readonly secrets: readonly PlacedSecret[]
}

export interface DesiredHost {
  readonly host: string
  readonly directory: string
  readonly rung: string
  /** The host scope comes first. */
  readonly scopes: readonly DesiredScope[]
  readonly containers: readonly Container[]
}

/** Gives every host its scopes. A host's own value stands before the shared one.
 *  `fingerprints` are keyed for that host: under the key in force, then under those before it.
 *  @throws CONFIG for a rung that nothing delivers to yet: a password file there would belie its name */
export const desiredHost = <T extends ProjectSecret>(
  manifest: Manifest,
  placement: HostPlacement,
  records: readonly T[],
  fingerprints: (record: T) => readonly [string, ...string[]],
): DesiredHost => {
  const { host, directory, rung } = placement
  if (rung !== 'host') {
    const hint = 'leave `rung` and `cloud` out: files under a password of that host are what there is so far'
    throw fail('CONFIG', `the rung ${rung} is not there yet`, { at: host, hint })
  }
  const containers = manifest.containers.filter((one) => placement.containers.includes(one.name))
  const given = new Set([placement, ...containers].flatMap((one) => one.groups))
  // once, and not for each scope: on many hosts fingerprints are most of the work
  const visible = visibleOn(host, records)
    .filter((one) => given.has(one.group))
    .map((one) => placed(one, fingerprints(one)))
  const scopeOf = (scope: string, uid: number | null, groups: readonly string[]): DesiredScope => ({
    scope,
    uid,
    groups,
    secrets: visible.filter((one) => groups.includes(one.group)),
  })
  return {
    host,
    directory,
    rung,
    scopes: [
      scopeOf('host', null, placement.groups),
      ...containers.map((one) => scopeOf(`container/${one.name}`, one.uid, one.groups)),
    ],
    containers,
  }
}

// only what a manifest names: a value that the record may carry stays behind
const placed = (
  { name, group, host, version, set, rotated }: ProjectSecret,
  [fingerprint, ...former]: readonly [string, ...string[]],
): PlacedSecret => ({
  name,
  group,
  host,
  version,
  set,
  rotated,
  fingerprint,
  former,
})

const visibleOn = <T extends ProjectSecret>(host: string, records: readonly T[]): readonly T[] => {
  const own = records.filter((one) => one.host === host)
  const names = new Set(own.map((one) => one.name))
  const shared = records.filter((one) => one.host === null && !names.has(one.name))
  return [...own, ...shared].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What two deliveries of a scope compare: which secrets, in which version and value, owned by whom. */
export const scopeContent = (scope: Pick<DesiredScope, 'uid' | 'groups' | 'secrets'>): Canonical => ({
  uid: scope.uid ?? -1,
  groups: scope.groups.toSorted(),
  secrets: Object.fromEntries(
    scope.secrets.map((one) => [one.name, { group: one.group, version: one.version, fingerprint: one.fingerprint }]),
  ),
})
