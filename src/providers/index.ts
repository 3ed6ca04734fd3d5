import type { Provider, ProviderPorts } from '../core/provider.ts'

type Make = (ports: ProviderPorts) => Provider

/** Every place a chain can name, loaded when a chain names it. A new provider is its file and one line here. */
export const providers: Readonly<Record<string, () => Promise<Make>>> = {
  file: async () => (await import('./file.ts')).fileProvider,
}
