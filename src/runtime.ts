/** The doors of a running program, joined: as few and as light as loading secrets needs. */
import { load as loadThrough, type LoadDoor, type LoadOptions, type RuntimeEvent } from './app/load.ts'
import type { Secrets } from './app/secrets.ts'
import { fail } from './core/errors.ts'
import { quoteName } from './core/names.ts'
import { backgroundClock } from './io/clock.ts'
import { openDescriptor } from './io/descriptor.ts'
import { reading as files } from './io/reading.ts'
import { machine } from './io/machine.ts'
import { random } from './io/random.ts'
import { providers } from './providers/index.ts'

export interface RuntimeOptions extends LoadOptions {
  /** Called when the program becomes ready or stays degraded. Default: one JSON line on standard output. */
  readonly announce?: (event: RuntimeEvent) => void
}

/** Loads the secrets of this container: reads, verifies and decrypts in one pass, writes nothing. Without options the
 *  files are /app/vault-password and /app/secrets.
 *  @throws SecretsError TAMPERED, DENIED, UNSAFE, CONFIG, USAGE; with `degraded: false` also NOT_FOUND, UNAVAILABLE */
export const load = ({ announce = sayOnOutput, ...options }: RuntimeOptions = {}): Promise<Secrets> =>
  loadThrough({ ...ports, announce }, options)

const ports: Omit<LoadDoor, 'announce'> = {
  files,
  clock: backgroundClock,
  random,
  machine,
  provider: async (name) => {
    const open = Object.hasOwn(providers, name) ? providers[name] : undefined
    if (open === undefined) throw fail('CONFIG', `no provider is called ${quoteName(name)}`)
    return (await open())({ files, clock: backgroundClock })
  },
}

const sayOnOutput = (event: RuntimeEvent): void => {
  const line = JSON.stringify({ time: new Date().toISOString(), lockstep: event.event, ...event, event: undefined })
  void openDescriptor(1).write(`${line}\n`)
}
