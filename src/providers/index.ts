import type { ProviderPorts } from '../core/runtime/provider-ports.ts'
import type { Provider } from '../core/runtime/provider.ts'
import { fileProvider } from './file.ts'

type Make = (ports: ProviderPorts) => Provider

/** Every place a chain can name, loaded when a chain names it (the first is small and always needed). A new provider is its file and one line here. */
export const providers: Readonly<Record<string, () => Promise<Make>>> = {
  file: async () => fileProvider,
}
