import type { SecretsError } from '../core/errors.ts'
import type { Answer, Provider } from '../core/runtime/provider.ts'

/** A provider that answers from a table, for demonstrations and tests: an error in it is thrown, a name that it lacks
 *  is not here. */
export const memoryProvider = (
  entries: Readonly<Record<string, Answer | SecretsError>>,
  name: string = 'memory',
): Provider => ({
  name,
  read: async (ref) => {
    const entry = Object.hasOwn(entries, ref) ? entries[ref] : undefined
    if (entry instanceof Error) throw entry
    return entry ?? null
  },
})
