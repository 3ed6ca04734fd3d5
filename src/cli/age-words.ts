import { formatDuration } from '../core/duration.ts'

export interface Aged {
  /** Milliseconds; null: there is none yet. */
  readonly age: number | null
  /** Milliseconds after which it is to be replaced; null: nothing says so. */
  readonly every: number | null
  readonly state: string
}

/** `41d/30d!`: how old it is, when it is due, and that this is past. */
export const ageAndDue = ({ age, every, state }: Aged): string => {
  if (age === null) return '-'
  const due = every === null ? '' : `/${formatDuration(every)}`
  return `${formatDuration(age)}${due}${state === 'overdue' ? '!' : ''}`
}
