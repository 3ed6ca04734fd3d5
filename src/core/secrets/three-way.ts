/** What two sides made of one map. */
export interface Merged<T> {
  /** Ours where both changed the same key. In our order, then what is new from them. */
  readonly merged: ReadonlyMap<string, T>
  /** Keys that both changed, differently. */
  readonly conflicts: readonly string[]
}

/** Merges by key: what only one side changed is taken from it, what both changed alike is no conflict. */
export const mergeMaps = <T>(
  base: ReadonlyMap<string, T>,
  ours: ReadonlyMap<string, T>,
  theirs: ReadonlyMap<string, T>,
  same: (a: T, b: T) => boolean,
): Merged<T> => {
  const merged = new Map<string, T>()
  const conflicts: string[] = []
  const alike = (a: T | undefined, b: T | undefined): boolean =>
    a === undefined || b === undefined ? a === b : same(a, b)
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const [before, mine, other] = [base.get(key), ours.get(key), theirs.get(key)]
    const isConflict = !alike(mine, other) && !alike(before, mine) && !alike(before, other)
    if (isConflict) conflicts.push(key)
    const chosen = !isConflict && alike(before, mine) ? other : mine
    if (chosen !== undefined) merged.set(key, chosen)
  }
  return { merged, conflicts }
}
