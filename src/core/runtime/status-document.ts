import { isoTime } from '../duration.ts'
import type { Code } from '../errors.ts'

/** Facts about one secret in use. Times are ISO in UTC; null where nobody has said (a layout made by hand). */
export interface SecretFacts {
  readonly group: string | null
  readonly version: number | null
  readonly set: string | null
  readonly rotated: string | null
  /** Keyed by the host's fingerprint key over the bytes in use; null without such a key. */
  readonly fingerprint: string | null
}

/** Which secrets they are. */
export interface LoadedScope {
  /** False for files without an authenticated manifest beside them. */
  readonly verified: boolean
  readonly project: string | null
  readonly environment: string | null
  readonly host: string | null
  readonly scope: string | null
  readonly rung: string | null
  readonly generation: { readonly number: number; readonly id: string } | null
  readonly revision: number | null
  /** Fingerprint over all secrets of the scope, of the bytes in use; null without the host's fingerprint key. */
  readonly digest: string | null
  /** Links of the chain that were passed over to get them. */
  readonly passedOver: number
}

/** What a program has loaded. */
export interface LoadedFacts extends LoadedScope {
  /** The provider that gave the password. */
  readonly source: string
  /** Milliseconds since 1970. */
  readonly loadedAt: number
  readonly secrets: ReadonlyMap<string, SecretFacts>
}

/** Where a program stands: what it has, what it lacks, what it tries next. Times in milliseconds since 1970. */
export interface RuntimeFacts {
  readonly loaded: LoadedFacts | null
  /** Names the program cannot do without. */
  readonly required: readonly string[]
  /** Names whose values the program has asked for. */
  readonly used: ReadonlySet<string>
  readonly lastError: { readonly code: Code; readonly at: number } | null
  readonly nextRetry: number | null
}

export interface SecretStatus {
  readonly present: boolean
  readonly group: string | null
  readonly version: number | null
  /** When this version was set, and when the value was last replaced at its upstream. */
  readonly set: string | null
  readonly rotated: string | null
  /** Whole seconds since `rotated`, else since `set`. */
  readonly age: number | null
  readonly source: string | null
  /** Has the program asked for its value since it started? */
  readonly used: boolean
  /** Only for who shows the status token. */
  readonly fingerprint?: string
}

/** The document of GET /api/secrets/status (docs/status.openapi.yaml). Never a value. */
export interface StatusDocument extends LoadedScope {
  readonly format: 1
  readonly state: 'ready' | 'degraded'
  readonly loaded: string | null
  readonly secrets: Readonly<Record<string, SecretStatus>>
  readonly lastError: { readonly code: Code; readonly at: string } | null
  readonly nextRetry: string | null
}

/** Required names that are not there. */
export const missingNames = (facts: Pick<RuntimeFacts, 'loaded' | 'required'>): readonly string[] =>
  facts.required.filter((name) => !facts.loaded?.secrets.has(name))

/** Everything loaded and nothing required missing. */
export const isReady = (facts: Pick<RuntimeFacts, 'loaded' | 'required'>): boolean =>
  facts.loaded !== null && missingNames(facts).length === 0

/** Makes the document; `now` in milliseconds since 1970. */
export const statusDocument = (
  facts: RuntimeFacts,
  now: number,
  { fingerprints = false }: { readonly fingerprints?: boolean } = {},
): StatusDocument => {
  const { loaded } = facts
  return {
    format: 1,
    state: isReady(facts) ? 'ready' : 'degraded',
    verified: loaded?.verified ?? false,
    project: loaded?.project ?? null,
    environment: loaded?.environment ?? null,
    host: loaded?.host ?? null,
    scope: loaded?.scope ?? null,
    rung: loaded?.rung ?? null,
    generation: loaded?.generation ?? null,
    revision: loaded?.revision ?? null,
    digest: loaded?.digest ?? null,
    passedOver: loaded?.passedOver ?? 0,
    loaded: loaded === null ? null : isoTime(loaded.loadedAt),
    secrets: secretStatuses(facts, now, fingerprints),
    lastError: facts.lastError === null ? null : { code: facts.lastError.code, at: isoTime(facts.lastError.at) },
    nextRetry: facts.nextRetry === null ? null : isoTime(facts.nextRetry),
  }
}

const secretStatuses = (
  { loaded, required, used }: RuntimeFacts,
  now: number,
  fingerprints: boolean,
): Record<string, SecretStatus> => {
  const names = [...new Set([...(loaded?.secrets.keys() ?? []), ...required])].sort()
  const entries = names.map((name): [string, SecretStatus] => {
    const facts = loaded?.secrets.get(name)
    if (facts === undefined) return [name, absent]
    return [name, { ...present(facts, loaded?.source ?? null, now, fingerprints), used: used.has(name) }]
  })
  return Object.fromEntries(entries)
}

const absent: SecretStatus = {
  present: false,
  group: null,
  version: null,
  set: null,
  rotated: null,
  age: null,
  source: null,
  used: false,
}

const present = (
  facts: SecretFacts,
  source: string | null,
  now: number,
  fingerprints: boolean,
): Omit<SecretStatus, 'used'> => ({
  present: true,
  group: facts.group,
  version: facts.version,
  set: facts.set,
  rotated: facts.rotated,
  age: ageOf(facts, now),
  source,
  ...(fingerprints && facts.fingerprint !== null ? { fingerprint: facts.fingerprint } : {}),
})

/** A clock that runs behind gives age 0, not a negative one. */
const ageOf = (facts: SecretFacts, now: number): number | null => {
  const since = facts.rotated ?? facts.set
  return since === null ? null : Math.max(0, Math.floor((now - Date.parse(since)) / 1000))
}
