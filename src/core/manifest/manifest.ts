import type { Sink } from '../alerts/sink.ts'
import type { Container } from './manifest-container.ts'

export type { Container }

export const rungs = ['host', 'cloud', 'vault', 'broker'] as const
export type Rung = (typeof rungs)[number]
export const clouds = ['aws', 'gcp', 'oci', 'ibm'] as const
export type Cloud = (typeof clouds)[number]
export const proofs = ['reported', 'mounted', 'none'] as const
export type Proof = (typeof proofs)[number]

/** lockstep.yaml as one environment sees it, defaults filled in. Plain data: it survives JSON. Every `at` is
 *  `lockstep.yaml:line:column`, for errors found later. */
export interface Manifest {
  readonly project: string
  /** The default one is called `production`. */
  readonly environment: string
  /** Names after -E, the default one not among them. */
  readonly environments: readonly string[]
  /** On the hosts; `/opt/<project>` when `directoryAt` is null. */
  readonly directory: string
  readonly directoryAt: string | null
  /** Path of the inventory from the project's root; null: that of ansible.cfg, else inventory/production. */
  readonly inventory: string | null
  readonly password: PasswordSource | null
  readonly hosts: readonly HostSettings[]
  /** In the order of the file. Empty: the groups are the files in secrets/. */
  readonly groups: readonly Group[]
  readonly containers: readonly Container[]
  readonly rollout: Rollout
  readonly backup: BackupSettings
  /** Where alerts go; empty: nowhere. */
  readonly alerts: readonly Sink[]
  /** What `rotate` does with what it has promoted. `push` comes with `commit` only. */
  readonly git: { readonly commit: boolean; readonly push: boolean }
  /** Host name of the one machine that changes secrets; null: whoever has a clone does. */
  readonly onlyWriter: string | null
}

export type PasswordSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'ref'; readonly ref: string }

/** What the manifest says of the hosts of one Ansible pattern. */
export interface HostSettings {
  readonly pattern: string
  readonly rung: Rung | null
  readonly cloud: Cloud | null
  readonly directory: string | null
  readonly at: string
}

export interface Group {
  readonly name: string
  /** Null: whatever its file holds. */
  readonly keys: readonly string[] | null
  readonly rotate: Rotate | null
  readonly at: string
}

/** Lengths of time in milliseconds. `settings` is the whole map, for the rotator's own keys. */
export interface Rotate {
  readonly with: string
  readonly every: number | null
  readonly overlap: number | null
  readonly user: string | null
  readonly bytes: number
  readonly previous: string | null
  readonly breaks: string | null
  readonly hint: string | null
  readonly settings: Readonly<Record<string, unknown>>
  readonly at: string
}

export interface BackupSettings {
  /** How many hosts get a copy; null: the usual number. */
  readonly copies: number | null
  /** How many stay; null: all. */
  readonly keep: number | null
  /** Milliseconds; null: never overdue. */
  readonly every: number | null
}

export interface Rollout {
  readonly atOnce: number
  /** Milliseconds. */
  readonly healthWithin: number
  readonly proof: Proof
}

/** The group's declaration, or null. */
export const groupOf = (manifest: Manifest, name: string): Group | null =>
  manifest.groups.find((group) => group.name === name) ?? null

/** The group that declares this secret (or names it as `previous`), or null. */
export const groupOfSecret = (manifest: Manifest, secret: string): Group | null =>
  manifest.groups.find((group) => group.keys?.includes(secret) === true || group.rotate?.previous === secret) ?? null
