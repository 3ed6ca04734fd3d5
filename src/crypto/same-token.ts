import type { Secret } from '../core/secret.ts'
import { keyedHash } from './derive.ts'
import { engine } from './engine.ts'

/** Is this the token? Compared by digest, so that neither its length nor where it differs shows in the time taken. */
export const sameToken = (presented: Secret, expected: Secret): boolean => {
  const key = new TextEncoder().encode('lockstep/token')
  return engine.same(keyedHash(key, presented.bytes()), keyedHash(key, expected.bytes()))
}
