import type { Canonical } from '../canonical.ts'

/** secrets/metadata.yaml: what is known of every secret besides its value. Its MAC is keyed from the project's
 *  fingerprint key, so that only who can open the secrets can write it. */
export interface Metadata {
  readonly project: string
  readonly environment: string
  /** By path below the secrets directory: `aws.env`, `hosts/onode1/aws.env`. Exactly the files that exist. */
  readonly files: ReadonlyMap<string, FileRecord>
  readonly operators: ReadonlyMap<string, Operator>
  /** Who can open the backups without the project; null: nobody yet. */
  readonly recovery: RecoveryRecipient | null
  /** The MAC of accepted-findings.json, so that an older one is none; null: nothing was ever accepted. */
  readonly accepted: string | null
}

/** The public side of the recovery identity, which is kept away from here and from every host. */
export interface RecoveryRecipient {
  /** `age1…` */
  readonly recipient: string
  /** ISO time in UTC. */
  readonly added: string
  /** Of the project key that its identity names (`checkOfKey` in crypto/backup-keys.ts). */
  readonly check: string
}

/** The secrets of one file by name. Removed ones stay, so that versions never go back. */
export type FileRecord = ReadonlyMap<string, SecretRecord>

export interface SecretRecord {
  /** Counts the writes of this name, from 1, over all files. */
  readonly version: number
  /** When this version was written; ISO time in UTC with seconds. For a removed secret, when it was removed. */
  readonly set: string
  /** When a rotator last replaced it; null: never. */
  readonly rotated: string | null
  /** Null: removed. */
  readonly fingerprint: string | null
  /** Fingerprint of the version before this one; tells an older file from one changed by hand. */
  readonly before: string | null
}

export interface Operator {
  readonly recipient: string
  readonly added: string
}

export const emptyMetadata = (project: string, environment: string): Metadata => ({
  project,
  environment,
  files: new Map(),
  operators: new Map(),
  recovery: null,
  accepted: null,
})

/** What the MAC is computed over: everything, in one unambiguous encoding. */
export const macInput = (metadata: Metadata): Canonical => ({
  format: 1,
  project: metadata.project,
  environment: metadata.environment,
  files: fromMap(metadata.files, (records) =>
    fromMap(records, ({ version, set, rotated, fingerprint, before }) => ({
      version,
      set,
      rotated: rotated ?? undefined,
      fingerprint: fingerprint ?? undefined,
      before: before ?? undefined,
    })),
  ),
  operators: fromMap(metadata.operators, ({ recipient, added }) => ({ recipient, added })),
  // left out where there is none: such metadata are those of an older lockstep, and their MAC stays right
  recovery: metadata.recovery === null ? undefined : { ...metadata.recovery },
  accepted: metadata.accepted ?? undefined,
})

const fromMap = <T>(map: ReadonlyMap<string, T>, convert: (value: T) => Canonical): Canonical =>
  Object.fromEntries(Array.from(map, ([key, value]) => [key, convert(value)]))

/** Path of a group's file below the secrets directory. */
export const groupPath = (group: string, host: string | null = null): string =>
  host === null ? `${group}.env` : `hosts/${host}/${group}.env`

/** Group and host of a path below the secrets directory; null for any other file. */
export const parseGroupPath = (path: string): { readonly group: string; readonly host: string | null } | null => {
  const match = /^(?:hosts\/([^/]+)\/)?([a-z0-9][a-z0-9_-]{0,62})\.env$/.exec(path)
  // all-secrets.env is the name of the union on a host
  return match?.[2] === undefined || match[2] === 'all-secrets' ? null : { group: match[2], host: match[1] ?? null }
}

/** Where a live secret of this name is: its file and record, shared ones first. */
export const placesOf = (
  metadata: Metadata,
  name: string,
): readonly { readonly path: string; readonly record: SecretRecord }[] =>
  Array.from(metadata.files, ([path, records]) => ({ path, record: records.get(name) }))
    .filter((place): place is { path: string; record: SecretRecord } => typeof place.record?.fingerprint === 'string')
    .sort((a, b) => Number(a.path.startsWith('hosts/')) - Number(b.path.startsWith('hosts/')))

/** The version that the next write of this name gets: above every version there ever was. */
export const nextVersion = (metadata: Metadata, name: string): number =>
  1 + Math.max(0, ...Array.from(metadata.files.values(), (records) => records.get(name)?.version ?? 0))
