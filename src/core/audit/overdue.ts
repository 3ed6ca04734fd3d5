import { day, formatDuration } from '../duration.ts'
import { dueState } from '../secrets/due.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'

/** One secret and how old it is; times in milliseconds, null: it has no value, or is never due. */
export interface AgedSecret {
  readonly name: string
  readonly host: string | null
  readonly age: number | null
  readonly every: number | null
}

/** What is older than it may be, the same for an audit as for whoever knows the calendar alone: it is one concern. Null: it
 *  is not. */
export const overdueFinding = ({ name, host, age, every }: AgedSecret): Finding | null =>
  age === null || every === null || dueState(age, every) !== 'overdue'
    ? null
    : finding('SECRET-OVERDUE', {
        host: null,
        path: secretPath({ name, host }),
        message: `is ${Math.floor(age / day)}d old and should be replaced every ${formatDuration(every)}`,
        // only a group that says how it is rotated says how often
        fix: `lockstep rotate ${name}`,
      })

/** How findings name a secret. */
export const secretPath = ({ name, host }: Pick<AgedSecret, 'name' | 'host'>): string =>
  host === null ? name : `${name} (${host})`
