import type { Entry } from './entry.ts'

export interface Wanted {
  /** Milliseconds since 1970; null: from the beginning. */
  readonly since: number | null
  readonly secret: string | null
  readonly host: string | null
  readonly user: string | null
  /** The newest so many. */
  readonly limit: number
}

export interface Chosen {
  /** Oldest first. */
  readonly entries: readonly Entry[]
  /** How many older ones are like that as well. */
  readonly older: number
}

/** Some of the entries. One that names only a part of its secrets is shown for each; the end of a change or delivery with
 *  what stands before it, which alone says what it was about. */
export const chooseEntries = (entries: readonly Entry[], wanted: Wanted): Chosen => {
  const recent = entries.filter((entry) => isWanted(entry, wanted))
  const begun = new Set(recent.filter((one) => one.result === 'begun' && isAbout(one, wanted)).map(useOf))
  const found = recent.filter((one) => isAbout(one, wanted) || begun.has(useOf(one)))
  const chosen = found.slice(-wanted.limit)
  return { entries: chosen, older: found.length - chosen.length }
}

/** One start of the program, and what it began. */
const useOf = ({ log, run, action }: Entry): string => JSON.stringify([log, run, action])

const isAbout = ({ names }: Entry, { secret, host }: Wanted): boolean => {
  if (secret !== null && names.secrets?.includes(secret) !== true && (names.more ?? 0) === 0) return false
  return host === null || names.hosts?.includes(host) === true
}

const isWanted = ({ at, who }: Entry, { since, user }: Wanted): boolean => {
  if (since !== null && Date.parse(at) < since) return false
  return user === null || [who.user, who.operator, who.sudo].includes(user)
}
