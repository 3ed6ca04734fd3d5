/** Providers by name, joined with the doors they need. */
import { fail } from './core/errors.ts'
import { quoteName } from './core/names.ts'
import type { Provider } from './core/runtime/provider.ts'
import { backgroundClock } from './io/clock.ts'
import { reading } from './io/reading.ts'
import { providers } from './providers/index.ts'

/** @throws CONFIG for a name that no provider has */
export const provider = async (name: string): Promise<Provider> => {
  const open = Object.hasOwn(providers, name) ? providers[name] : undefined
  if (open !== undefined) return (await open())({ files: reading, clock: backgroundClock })
  throw fail('CONFIG', `no provider is called ${quoteName(name)}`, {
    hint: `there are ${Object.keys(providers).join(', ')}`,
  })
}
