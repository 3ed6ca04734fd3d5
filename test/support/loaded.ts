import { secretsState, type SecretsState } from '../../src/app/runtime/secrets.ts'
import { fail } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'

/** Secrets of a running program, made from names and values; null for a program that has none yet. */
export const loadedState = (
  values: Readonly<Record<string, string>> | null,
  required: readonly string[] = [],
): SecretsState => {
  const state = secretsState({ clock: { now: () => 1_772_366_400_000, sleep: async () => {} }, required })
  if (values === null) {
    state.failed(fail('NOT_FOUND', 'no password file'))
    state.waitUntil(1_772_366_402_000)
    return state
  }
  const facts = { group: 'aws', version: 3, set: '2026-01-01T00:00:00Z', rotated: null, fingerprint: 'abcdefabcdef' }
  state.succeed({
    secrets: new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)])),
    facts: {
      verified: true,
      project: 'shop',
      environment: 'production',
      host: 'onode1',
      scope: 'container/api',
      rung: 'host',
      generation: { number: 42, id: '0'.repeat(32) },
      revision: 7,
      digest: '0123456789ab',
      source: 'file',
      passedOver: 0,
      loadedAt: 1_772_366_400_000,
      secrets: new Map(Object.keys(values).map((name) => [name, facts])),
    },
  })
  return state
}
