import { auditFacts } from '../audit/audit-facts.ts'
import type { AuditFacts } from '../audit/audit-facts.ts'
import type { AskedHost } from '../audit/sought.ts'
import { liveFacts } from '../containers/live.ts'
import type { LiveFacts } from '../containers/live.ts'
import { headShape, type SignedHead } from '../log/head.ts'
import type { Shape } from '../shape.ts'
import type { UnitFacts } from '../containers/unit-facts.ts'
import { unitFacts } from '../containers/unit-facts.ts'
import type { WatchFacts } from '../watch/watch-facts.ts'
import { watchFacts } from '../watch/watch-facts.ts'
import { count, dictionary, flag, integer, list, nullable, pathText, seconds, shape, text } from '../shape.ts'

/** What a host says of itself; nothing here is believed before it is compared with what we know. */
export interface HostFacts {
  readonly python: string
  readonly uid: number
  readonly hostname: string
  /** The host's clock, seconds since 1970. */
  readonly now: number
  readonly directory: string
  readonly identity: HostIdentity | null
  /** Number of the generation that `current` names. */
  readonly current: number | null
  readonly generations: readonly number[]
  /** Scopes of the current generation: `host`, `container/<name>`. */
  readonly scopes: Readonly<Record<string, ScopeFacts>>
  /** The newest generation, where it is newer than the current one: meant to be switched to. */
  readonly staged: { readonly number: number; readonly scopes: Readonly<Record<string, ScopeFacts>> } | null
  /** Temporary files of runs that were cut off, or of one at work now. */
  readonly leftovers: readonly string[]
  /** Null before the first delivery. */
  readonly lease: Lease | null
  /** The sealed ledger as it lies there; null where this host keeps none. */
  readonly ledger: string | null
  /** Real files where our links belong: `vault-password`, `secrets`, put there by hand. */
  readonly legacy: readonly string[]
  /** Links of ours that are there: `vault-password`, `secrets`. */
  readonly links: readonly string[]
  readonly paths: readonly PathFacts[] | null
  readonly readOnly: boolean
  readonly engine: EngineFacts | null
  /** By container: the systemd units asked about. */
  readonly units: Readonly<Record<string, UnitFacts>>
  /** By container: live directories that are there. */
  readonly live: Readonly<Record<string, LiveFacts>>
  /** Names of containers whose last replacement was not settled. */
  readonly unsettled: readonly string[]
  /** The note of the newest backup that was verified, as it lies beside the copies there; null: none. */
  readonly backup?: string | null
  /** SHA-256 of bin/lockstep; null when it is not there or was not asked for. */
  readonly executable: string | null
  /** What is around our paths; null where it was not asked for. */
  readonly audit: AuditFacts | null
  /** What it was asked to look for and when: our own words, not the host's. Null with `audit`. */
  readonly asked: AskedHost | null
  /** Null: not asked for. */
  readonly watch: WatchFacts | null
}

export interface HostIdentity {
  readonly project: string
  readonly environment: string
  readonly host: string
  readonly id: string
}

export interface ScopeFacts {
  readonly manifest: ScopeManifest | null
  /** Codes with names: BAD_MAC, NO_PASSWORD, NO_MANIFEST, MISSING f, CHANGED f, UNKNOWN f, … Empty: whole. */
  readonly wrong: readonly string[]
}

/** The part of a host's manifest.json that planning compares. */
export interface ScopeManifest {
  readonly scope: string
  readonly host: string
  readonly generation: { readonly number: number; readonly id: string }
  readonly revision: number
  readonly secrets: Readonly<Record<string, DeliveredSecret>>
  readonly runtime: { readonly rung: string; readonly uid: number | null }
  /** The end of the access log that the delivery left there; an older lockstep left none. */
  readonly log?: SignedHead | null
}

export interface DeliveredSecret {
  readonly group: string
  readonly version: number
  readonly fingerprint: string
}

/** Who may change the host now, and the highest revision that has been there. */
export interface Lease {
  readonly run: string | null
  readonly holder: string | null
  /** Seconds since 1970, by the host's clock. */
  readonly until: number
  readonly fence: number
}

export interface PathFacts {
  /** Relative to the directory; `.` is the directory itself. */
  readonly path: string
  readonly kind: string
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly links: number
}

export interface EngineFacts {
  /** Path of docker or podman; null: none installed. */
  readonly program: string | null
  /** Null: installed, but its engine does not answer. */
  readonly version: string | null
  readonly containers: readonly ContainerFacts[]
}

export interface ContainerFacts {
  readonly name: string
  readonly id: string
  readonly running: boolean
  readonly restarting: boolean
  readonly exit: number | null
  readonly startedAt: string | null
  readonly health: string | null
  readonly image: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly mounts: readonly { readonly source: string | null; readonly destination: string | null }[]
  /** What its status page answered; null where none was asked. */
  readonly status: PageFacts | null
}

export interface PageFacts {
  /** HTTP status; null when nothing answered. */
  readonly code: number | null
  readonly body: string | null
  readonly error: string | null
}

const identity: Shape<HostIdentity> = shape({ project: text, environment: text, host: text, id: text })

const scopeManifest: Shape<ScopeManifest> = shape({
  scope: text,
  host: text,
  generation: shape({ number: count, id: text }),
  revision: count,
  secrets: dictionary(shape<DeliveredSecret>({ group: text, version: count, fingerprint: text })),
  runtime: shape({ rung: text, uid: nullable(integer) }),
  log: nullable(headShape),
})

const page: Shape<PageFacts> = shape({ code: nullable(integer), body: nullable(text), error: nullable(text) })

export const unit: Shape<UnitFacts> = unitFacts(page)

export const containerFacts: Shape<ContainerFacts> = shape({
  name: text,
  id: text,
  running: flag,
  restarting: flag,
  exit: nullable(integer),
  startedAt: nullable(text),
  health: nullable(text),
  image: nullable(text),
  labels: dictionary(text),
  mounts: list(shape({ source: nullable(text), destination: nullable(text) })),
  status: nullable(page),
})

const scopes: Shape<Readonly<Record<string, ScopeFacts>>> = dictionary(
  shape<ScopeFacts>({ manifest: nullable(scopeManifest), wrong: list(text) }),
)

/** A path arrives as a list: [path, kind, mode, uid, gid, links, target?]. */
const pathFacts: Shape<PathFacts> = (value, at) => {
  const [path, kind, mode, uid, gid, links] = list((each) => each)(value, at)
  return {
    path: pathText(path, at),
    kind: text(kind, at),
    mode: integer(mode, at),
    uid: integer(uid, at),
    gid: integer(gid, at),
    links: integer(links, at),
  }
}

/** Facts as the receiver answers `inspect`. @throws TAMPERED for anything else */
export const hostFacts: Shape<HostFacts> = shape({
  python: text,
  uid: integer,
  hostname: text,
  now: seconds,
  directory: text,
  identity: nullable(identity),
  current: nullable(count),
  generations: list(count),
  scopes,
  staged: nullable(shape({ number: count, scopes })),
  leftovers: list(text),
  lease: nullable(shape<Lease>({ run: nullable(text), holder: nullable(text), until: seconds, fence: count })),
  ledger: nullable(text),
  legacy: list(text),
  links: list(text),
  paths: nullable(list(pathFacts)),
  readOnly: flag,
  engine: nullable(
    shape<EngineFacts>({ program: nullable(text), version: nullable(text), containers: list(containerFacts) }),
  ),
  units: dictionary(unit),
  live: dictionary(liveFacts),
  unsettled: list(text),
  backup: nullable(text),
  executable: nullable(text),
  audit: nullable(auditFacts),
  asked: () => null,
  watch: nullable(watchFacts),
})
