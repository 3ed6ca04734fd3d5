import type { Secret } from '../secret.ts'

/** What a provider gave, and where it comes from. */
export interface Answer {
  readonly value: Secret
  /** The provider's own name for this state of the value (a version number, an etag); null where it has none. */
  readonly version: string | null
  /** Number of the generation the value belongs to; null where the place does not know. */
  readonly generation: number | null
  /** Milliseconds since 1970 at which the value left its source: for a copy, when the copy was made. */
  readonly fetchedAt: number
}

/** A place a password or a secret can be read from. What a provider can do beyond this is an interface of its own. */
export interface Provider {
  /** Its key in the registry, as chains and status documents name it: `file`. */
  readonly name: string
  /** Reads one thing. Null only where the place says without doubt that it does not hold it.
   *  @throws DENIED, UNAVAILABLE, TAMPERED, UNSAFE */
  read(ref: string, options: { readonly signal: AbortSignal }): Promise<Answer | null>
}
