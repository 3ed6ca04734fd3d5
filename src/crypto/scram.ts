import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import type { Secret } from '../core/secret.ts'

const iterations = 4096

/** What PostgreSQL keeps of a password (RFC 5803 in its own order, src/common/scram-common.c): who has it can tell that a
 *  login is right, and cannot log in.
 *  @param salt 16 random bytes */
export const scramVerifier = (password: Secret, salt: Uint8Array): string => {
  // SASLprep, for what people type; what it would refuse PostgreSQL takes as it is
  const prepared = password.reveal().normalize('NFKC')
  const salted = pbkdf2Sync(prepared, salt, iterations, 32, 'sha256')
  const keyed = (word: string): Buffer => createHmac('sha256', salted).update(word).digest()
  const stored = createHash('sha256').update(keyed('Client Key')).digest()
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  return `SCRAM-SHA-256$${iterations}:${text(salt)}$${text(stored)}:${text(keyed('Server Key'))}`
}
