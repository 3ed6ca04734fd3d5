import { fail, type SecretsError } from '../../core/errors.ts'
import { quoteName } from '../../core/names.ts'
import type { Clock } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import {
  isReady,
  missingNames,
  statusDocument,
  type RuntimeFacts,
  type StatusDocument,
} from '../../core/runtime/status-document.ts'
import type { Loaded } from './load-once.ts'

/** The secrets of a running program. */
export interface Secrets {
  /** @throws NOT_FOUND for a name that is not among them; UNAVAILABLE while they could not be loaded, and after close */
  get(name: string): Secret
  has(name: string): boolean
  /** Sorted. */
  readonly names: readonly string[]
  /** Everything loaded and nothing required missing. */
  readonly ready: boolean
  /** Resolves once ready. @throws UNAVAILABLE after close or when `signal` aborts; what ended the attempts */
  whenReady(signal?: AbortSignal): Promise<void>
  /** What GET /api/secrets/status answers; never a value. */
  status(options?: { readonly fingerprints?: boolean }): StatusDocument
  /** Ends further attempts and overwrites the values. */
  close(): void
}

/** The other side of `Secrets`: where attempts put what they found. */
export interface SecretsState {
  readonly secrets: Secrets
  readonly facts: RuntimeFacts
  /** Aborts at close. */
  readonly closed: AbortSignal
  succeed(loaded: Loaded): void
  failed(error: SecretsError): void
  /** When the next attempt is, in milliseconds since 1970; null when there is none. */
  waitUntil(time: number | null): void
}

export const secretsState = ({
  clock,
  required,
}: {
  readonly clock: Clock
  readonly required: readonly string[]
}): SecretsState => {
  let loaded: Loaded | null = null
  let lastError: RuntimeFacts['lastError'] = null
  let nextRetry: number | null = null
  let ended: SecretsError | null = null
  const waiting = new Set<() => void>()
  const used = new Set<string>()
  const closing = new AbortController()
  const current = (): RuntimeFacts => ({ loaded: loaded?.facts ?? null, required, used, lastError, nextRetry })
  const wake = (): void => {
    for (const resume of waiting) resume()
  }

  const secrets: Secrets = {
    get: (name) => {
      const value = loaded?.secrets.get(name)
      if (value === undefined) throw missing(name, current(), closing.signal.aborted)
      used.add(name)
      return value
    },
    has: (name) => loaded?.secrets.has(name) ?? false,
    get names() {
      return [...(loaded?.secrets.keys() ?? [])].sort()
    },
    get ready() {
      return isReady(current())
    },
    whenReady: async (signal) => {
      while (!isReady(current())) {
        if (ended !== null) throw ended
        if (closing.signal.aborted || signal?.aborted) throw fail('UNAVAILABLE', 'no longer waiting for the secrets')
        await new Promise<void>((resolve) => {
          const resume = (): void => {
            waiting.delete(resume)
            signal?.removeEventListener('abort', resume)
            resolve()
          }
          waiting.add(resume)
          signal?.addEventListener('abort', resume)
        })
      }
    },
    status: (options) => statusDocument(current(), clock.now(), options),
    close: () => {
      closing.abort()
      for (const value of loaded?.secrets.values() ?? []) value.forget()
      loaded = null
      nextRetry = null
      wake()
    },
  }

  return {
    secrets,
    get facts() {
      return current()
    },
    closed: closing.signal,
    succeed: (found) => {
      loaded = found
      nextRetry = null
      wake()
    },
    failed: (error) => {
      lastError = { code: error.code, at: clock.now() }
      ended = error
    },
    waitUntil: (time) => {
      nextRetry = time
      if (time === null) wake()
      else ended = null
    },
  }
}

const missing = (name: string, facts: RuntimeFacts, isClosed: boolean): SecretsError => {
  if (isClosed) return fail('UNAVAILABLE', 'the secrets were closed', { at: quoteName(name) })
  if (facts.loaded === null) {
    return fail('UNAVAILABLE', `${quoteName(name)} is not loaded yet`, {
      hint: `wait with whenReady(); ${facts.lastError === null ? 'nothing was tried yet' : `the last attempt ended with ${facts.lastError.code}`}`,
    })
  }
  return fail('NOT_FOUND', `no secret ${quoteName(name)} in this scope`, {
    hint: missingNames(facts).includes(name)
      ? 'add its group to the container in lockstep.yaml, then lockstep deploy'
      : 'is its name right, and its group among those of the container in lockstep.yaml?',
  })
}
