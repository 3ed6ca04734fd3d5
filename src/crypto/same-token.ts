import { timingSafeEqual } from 'node:crypto'
import type { Secret } from '../core/secret.ts'
import { keyedHash } from './derive.ts'

/** Is this the token? Compared by digest, so that neither its length nor where it differs shows in the time taken. */
export const sameToken = (presented: Secret, expected: Secret): boolean => {
  const key = new TextEncoder().encode('lockstep/token')
  return timingSafeEqual(keyedHash(key, presented.bytes()), keyedHash(key, expected.bytes()))
}
