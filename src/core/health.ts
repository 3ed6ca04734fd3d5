/** One thing `doctor` looked at. */
export interface Check {
  /** What it is about: a tool, a file, a rule. */
  readonly what: string
  /** `note`: worth knowing, nothing to do now. */
  readonly state: 'ok' | 'note' | 'wrong'
  readonly says: string
  /** What to type or do. */
  readonly hint: string | null
}

export const good = (what: string, says: string): Check => ({ what, state: 'ok', says, hint: null })

export const noted = (what: string, says: string, hint: string | null = null): Check => ({
  what,
  state: 'note',
  says,
  hint,
})

export const wrong = (what: string, says: string, hint: string | null = null): Check => ({
  what,
  state: 'wrong',
  says,
  hint,
})

/** Oldest Ansible that the collection runs on, and oldest Python on a host. */
export const oldestAnsible: readonly number[] = [2, 14]
export const oldestPython: readonly number[] = [3, 6]

/** Is `text`, a version such as `2.14.18` or `3.11.2`, at least `oldest`? */
export const isAtLeast = (text: string, oldest: readonly number[]): boolean => {
  const parts = (/\d+(?:\.\d+)*/.exec(text)?.[0] ?? '').split('.').map(Number)
  for (const [i, wanted] of oldest.entries()) {
    const part = parts[i] ?? 0
    if (part !== wanted) return part > wanted
  }
  return true
}

/** A locale that is always there: Ansible does not start in one that is not UTF-8, or that is not installed. */
export const utf8Locale = (platform: string): string => (platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8')
