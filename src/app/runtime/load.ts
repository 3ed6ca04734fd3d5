import { backoff, chanceOf } from '../../core/runtime/backoff.ts'
import { hasCode, SecretsError, type Code } from '../../core/errors.ts'
import { isReady, missingNames } from '../../core/runtime/status-document.ts'
import { scopePaths } from './default-places.ts'
import { loadOnce, type LoadPorts, type Place } from './load-once.ts'
import { secretsState, type Secrets, type SecretsState } from './secrets.ts'

export interface LoadOptions {
  /** Default /app/vault-password, else that of the live directory (/run/lockstep/current) or of systemd's credentials. */
  readonly passwordFile?: string
  /** Default /app/secrets, or what belongs to the password that was found. */
  readonly directory?: string
  /** Names the program cannot do without: one that is missing keeps it degraded. */
  readonly required?: readonly string[]
  /** Only the secrets of these groups. */
  readonly groups?: readonly string[]
  /** False: throw where the program could start degraded. Default true. */
  readonly degraded?: boolean
  /** True: refuse files without an authenticated manifest.json. Default false: the status says `verified: false`. */
  readonly verified?: boolean
}

/** A change worth a line in the container's log; never a value. */
export interface RuntimeEvent {
  readonly event: 'ready' | 'degraded'
  readonly scope: string | null
  readonly generation: { readonly number: number; readonly id: string } | null
  /** Required names that are not there. */
  readonly missing: readonly string[]
  readonly error: Code | null
}

export interface LoadDoor extends LoadPorts {
  announce(event: RuntimeEvent): void
}

/** Loads the secrets of this container. Where they are not there yet, or a required one is missing, the program starts
 *  degraded: it is tried again with growing pauses until it succeeds or `close` is called.
 *  @throws TAMPERED for a password of one generation and files of another, and for anything changed; DENIED, UNSAFE,
 *  CONFIG, USAGE; with `degraded: false` also NOT_FOUND and UNAVAILABLE */
export const load = async (door: LoadDoor, options: LoadOptions = {}): Promise<Secrets> => {
  const state = secretsState({ clock: door.clock, required: options.required ?? [] })
  const error = await attempt(door, options, state)
  const mayStart = options.degraded !== false && (error === null || mayPass(error))
  if (!mayStart && error !== null) throw error
  if (!mayStart) refuseMissing(state)
  if (!state.secrets.ready) void keepTrying(door, options, state)
  return state.secrets
}

/** Trying again may help; what was refused or changed stays so. */
const mayPass = (error: SecretsError): boolean => hasCode(error, 'NOT_FOUND', 'UNAVAILABLE')

const attempt = async (door: LoadDoor, options: LoadOptions, state: SecretsState): Promise<SecretsError | null> => {
  const error = await tried(door, options, state)
  if (error !== null) state.failed(error)
  const { facts } = state
  door.announce({
    event: isReady(facts) ? 'ready' : 'degraded',
    scope: facts.loaded?.scope ?? null,
    generation: facts.loaded?.generation ?? null,
    missing: missingNames(facts),
    error: error?.code ?? null,
  })
  return error
}

const tried = async (door: LoadDoor, options: LoadOptions, state: SecretsState): Promise<SecretsError | null> => {
  try {
    const place: Place = {
      ...(await scopePaths(door, options)),
      groups: options.groups ?? null,
      verified: options.verified ?? false,
    }
    state.succeed(await loadOnce(door, place))
    return null
  } catch (error) {
    if (error instanceof SecretsError) return error
    throw error
  }
}

/** Asking for the first name that is missing says which, and what to do. */
const refuseMissing = (state: SecretsState): void => {
  const [name] = missingNames(state.facts)
  if (name !== undefined) state.secrets.get(name)
}

const keepTrying = async (door: LoadDoor, options: LoadOptions, state: SecretsState): Promise<void> => {
  for (let count = 1; ; count++) {
    const pause = backoff(count, chanceOf(door.random.bytes(4)))
    state.waitUntil(door.clock.now() + pause)
    await door.clock.sleep(pause, state.closed)
    if (state.closed.aborted) return
    const error = await attempt(door, options, state)
    if (state.secrets.ready || (error !== null && !mayPass(error))) return state.waitUntil(null)
  }
}
