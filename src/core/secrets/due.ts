import { day } from '../duration.ts'

/** How a secret stands with its `every`: due once it is that old, overdue a day later (or after twice the time, when
 *  that comes first). Null `every`: never due. Times in milliseconds. An age of less than nothing is none: a clock that was
 *  wrong has set it at a time to come, and by more than a day it is due, as nobody knows how old it is. */
export const dueState = (age: number, every: number | null): 'fresh' | 'due' | 'overdue' => {
  if (every !== null && isToCome(age)) return 'due'
  if (every === null || age < every) return 'fresh'
  return age < every + Math.min(day, every) ? 'due' : 'overdue'
}

/** It was set at a time that is still to come: by more than clocks differ that are right, which a value that another
 *  operator has just set shall not be due for. */
export const isToCome = (age: number): boolean => age < -day
