/** For programs that read their secrets from process.env. */
import type { Secrets } from './app/runtime/secrets.ts'
import { setUpEnvironment } from './app/runtime/set-up-environment.ts'
import { hasCode } from './core/errors.ts'
import { load, type RuntimeOptions } from './runtime.ts'

export interface EnvironmentOptions extends RuntimeOptions {
  /** Dangerous names (PATH, NODE_OPTIONS, …) that may be set all the same. */
  readonly allow?: readonly string[]
}

class EnvironmentDoor {
  readonly #options: EnvironmentOptions

  constructor(options: EnvironmentOptions = {}) {
    this.#options = options
  }

  /** Loads the secrets and puts every one into process.env: at once, or as soon as they can be loaded.
   *  @throws as load; UNSAFE for a name that makes other programs run code; CONFIG for a value that does not fit */
  async setupEnvironment(): Promise<Secrets> {
    const { allow, ...options } = this.#options
    const secrets = await load(options)
    if (secrets.ready) setUpEnvironment(process.env, secrets, allow)
    else void setUpLater(secrets, allow)
    return secrets
  }

  /** The same, as Python programs call it. */
  setup_environment(): Promise<Secrets> {
    return this.setupEnvironment()
  }
}

const setUpLater = async (secrets: Secrets, allow: readonly string[] | undefined): Promise<void> => {
  try {
    await secrets.whenReady()
  } catch (error) {
    // Closed, or refused for good: the status says so.
    if (hasCode(error, 'UNAVAILABLE', 'DENIED', 'TAMPERED', 'UNSAFE', 'CONFIG', 'CONFLICT', 'USAGE')) return
    throw error
  }
  setUpEnvironment(process.env, secrets, allow)
}

interface Door {
  new (options?: EnvironmentOptions): EnvironmentDoor
  (options?: EnvironmentOptions): EnvironmentDoor
}

const isDoor = (value: unknown): value is Door => typeof value === 'function'

/** Also called without `new`. */
const callable = (): Door => {
  const door: unknown = new Proxy(EnvironmentDoor, {
    apply: (_target, _self, [options]: [EnvironmentOptions?]) => new EnvironmentDoor(options),
  })
  if (isDoor(door)) return door
  throw new TypeError('a proxy of a class is a function')
}

/** `await CloudSecretsManager().setupEnvironment()`: a door for programs that want process.env, with the rules of load. */
export const CloudSecretsManager: Door = callable()
