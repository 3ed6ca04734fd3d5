import { passwordFromFile } from '../core/secrets/password.ts'
import type { ProviderPorts } from '../core/runtime/provider-ports.ts'
import type { Provider } from '../core/runtime/provider.ts'

const largest = 64 * 1024

/** A password in a file of its own (0600, or a FIFO). What to read is the file's path. */
export const fileProvider = ({ files, clock }: ProviderPorts): Provider => ({
  name: 'file',
  read: async (path) => {
    const bytes = await files.read(path, { private: true, fifo: true, ownLink: true, max: largest })
    if (bytes === null) return null
    const value = passwordFromFile(bytes, { at: path })
    bytes.fill(0)
    return { value, version: null, generation: null, fetchedAt: clock.now() }
  },
})
