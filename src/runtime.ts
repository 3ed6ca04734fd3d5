/** The doors of a running program, joined: as few and as light as loading secrets needs. */
import { load as loadThrough, type LoadDoor, type LoadOptions, type RuntimeEvent } from './app/runtime/load.ts'
import type { Secrets } from './app/runtime/secrets.ts'
import { backgroundClock } from './io/clock.ts'
import { openDescriptor } from './io/descriptor.ts'
import { reading } from './io/reading.ts'
import { machine } from './io/machine.ts'
import { random } from './io/random.ts'
import { provider } from './wire-provider.ts'

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
  files: reading,
  clock: backgroundClock,
  random,
  machine,
  provider,
}

const sayOnOutput = (event: RuntimeEvent): void => {
  const line = JSON.stringify({ time: new Date().toISOString(), lockstep: event.event, ...event, event: undefined })
  void openDescriptor(1).write(`${line}\n`)
}
