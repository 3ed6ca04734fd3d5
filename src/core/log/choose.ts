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

/** Some of the entries, oldest first. An entry that names only a part of its secrets is shown for each. */
export const chooseEntries = (entries: readonly Entry[], wanted: Wanted): readonly Entry[] =>
  entries.filter((entry) => isWanted(entry, wanted)).slice(-wanted.limit)

const isWanted = ({ at, names, who }: Entry, { since, secret, host, user }: Wanted): boolean => {
  if (since !== null && Date.parse(at) < since) return false
  if (secret !== null && names.secrets?.includes(secret) !== true && (names.more ?? 0) === 0) return false
  if (host !== null && names.hosts?.includes(host) !== true) return false
  return user === null || [who.user, who.operator, who.sudo].includes(user)
}
