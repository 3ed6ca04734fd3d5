/** What a classic token may do, in words of GitHub's. Null: it is none, such as a fine-grained one. */
export const scopesIn = (header: string | undefined): readonly string[] | null => {
  const scopes = (header ?? '').split(/, */).filter((one) => isScope(one))
  return scopes.length === 0 ? null : scopes
}

export const isScope = (text: string): boolean => /^[a-z_]{1,30}(?::[a-z_]{1,30})?$/.test(text)

/** Those that none of `given` gives. */
export const missingScopes = (wanted: readonly string[], given: readonly string[]): readonly string[] =>
  wanted.filter((narrow) => !given.some((wide) => covers(wide, narrow)))

const partsOfRepo: readonly string[] = ['public_repo', 'repo_deployment', 'security_events']

/** Source: GitHub's documentation, "Scopes for OAuth apps": those that are listed below another one come with it. */
const covers = (wide: string, narrow: string): boolean => {
  if (wide === narrow || narrow.startsWith(`${wide}:`)) return true
  if (wide === 'repo') return partsOfRepo.includes(narrow)
  const [how, what] = narrow.split(':')
  if (what === undefined) return false
  return wide === `admin:${what}` || (how === 'read' && (wide === `write:${what}` || wide === what))
}
