import { cutFingerprint, fingerprintInput } from '../core/secrets/fingerprint.ts'
import type { Secret } from '../core/secret.ts'
import { deriveKey, keyedHash } from './derive.ts'

/** One fingerprint over all secrets of a scope, names and values, in any order: who delivered them and who runs with
 *  them compute the same, and it says nothing else. `key` is the host's fingerprint key. */
export const scopeDigest = (key: Uint8Array, secrets: ReadonlyMap<string, Secret>): string => {
  const inputs = [...secrets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => fingerprintInput(name, value.bytes()))
  const all = new Uint8Array(inputs.reduce((sum, input) => sum + input.length, 0))
  let at = 0
  for (const input of inputs) {
    all.set(input, at)
    at += input.length
    input.fill(0)
  }
  // A key of its own: a scope of one secret must not show that secret's fingerprint.
  const digest = cutFingerprint(keyedHash(deriveKey(key, 'lockstep/scope-digest'), all))
  all.fill(0)
  return digest
}
