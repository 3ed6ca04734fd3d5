import { Secret } from '../../src/core/secret.ts'
import { memoryProvider } from '../../src/providers/memory.ts'
import { providerConformance } from '../conformance/provider.ts'

providerConformance('memory', async () => ({
  provider: memoryProvider({
    here: { value: new Secret('canary-value'), version: null, generation: null, fetchedAt: 1 },
  }),
  held: 'here',
  lacking: '__proto__',
}))
