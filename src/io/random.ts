import type { Random } from '../core/ports.ts'

/** The system's own source. */
export const random: Random = {
  // Asked for when used: loading node:crypto takes longer than many a command.
  bytes: (count) => Uint8Array.from(process.getBuiltinModule('node:crypto').randomBytes(count)),
}
