import type { Ports } from '../core/ports.ts'
import type { Provider } from '../core/provider.ts'

type Make = (ports: Pick<Ports, 'files' | 'clock'>) => Provider

/** Every place a chain can name, loaded when a chain names it. A new provider is its file and one line here. */
export const providers: Readonly<Record<string, () => Promise<Make>>> = {
  file: async () => (await import('./file.ts')).fileProvider,
}
