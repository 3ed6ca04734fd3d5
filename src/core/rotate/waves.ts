import type { OpenCredential } from './journal.ts'

type Named = Pick<OpenCredential, 'id' | 'group' | 'names'>

export interface Waves<T> {
  readonly others: readonly T[]
  /** Those that the settings of another one name: they are needed, as they are, as long as that one is at work. */
  readonly administrators: readonly T[]
}

/** `settingsOf` gives the `rotate:` map of a group. */
export const wavesOf = <T extends Named>(all: readonly T[], settingsOf: (group: string) => unknown): Waves<T> => {
  const isNeeded = (one: T): boolean =>
    all.some(({ id, group }) => id !== one.id && textsIn(settingsOf(group)).some((text) => one.names.includes(text)))
  return { others: all.filter((one) => !isNeeded(one)), administrators: all.filter(isNeeded) }
}

const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
