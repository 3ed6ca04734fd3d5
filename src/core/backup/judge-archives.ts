import type { BackupList, ListedBackup } from './backup-list.ts'

export const problemKinds = ['changed', 'missing', 'extra', 'renamed', 'swapped', 'rolled back', 'unreadable'] as const

/** What is said of the list itself stands under this name. */
export const ofList = 'the list of backups'

/** What is wrong with one archive, here or on a host. */
export interface ArchiveProblem {
  readonly kind: (typeof problemKinds)[number]
  readonly name: string
  readonly message: string
}

/** Names and digests of what lies in one place. */
export type FoundArchives = ReadonlyMap<string, string>

/** Holds what lies in one place against what should: by digest, so that a file under another's name is told as that.
 *  `expected` are those that belong there; `all` is the whole list. */
export const judgeArchives = (
  found: FoundArchives,
  expected: readonly ListedBackup[],
  all: readonly ListedBackup[] = expected,
): readonly ArchiveProblem[] => {
  const byName = new Map(all.map((one) => [one.name, one]))
  const byDigest = new Map(all.map((one) => [one.digest, one]))
  const problems: ArchiveProblem[] = []
  const explained = new Set<string>()
  for (const { name, digest } of expected) {
    const there = found.get(name)
    if (there === digest) continue
    if (there !== undefined) {
      const other = byDigest.get(there)
      problems.push(
        other === undefined
          ? { kind: 'changed', name, message: 'not the bytes that were written' }
          : { kind: 'swapped', name, message: `holds what belongs into ${other.name}` },
      )
      continue
    }
    const [moved] = [...found].filter(([at, one]) => one === digest && !byName.has(at))
    if (moved === undefined) {
      problems.push({ kind: 'missing', name, message: 'is not there' })
      continue
    }
    explained.add(moved[0])
    problems.push({ kind: 'renamed', name, message: `lies there as ${moved[0]}` })
  }
  for (const name of found.keys()) {
    if (byName.has(name) || explained.has(name)) continue
    problems.push({ kind: 'extra', name, message: 'is not in the list of backups' })
  }
  return problems
}

/** A list that knows less than what was seen here: somebody put an older one back, with or without its archives. */
export const judgeList = (list: BackupList, seen: number): readonly ArchiveProblem[] => {
  const last = list.last?.number ?? 0
  if (last >= seen) return []
  const message = `ends at backup ${last}, and ${seen} was made or seen here: an older state was put back, or it was deleted`
  return [{ kind: 'rolled back', name: ofList, message }]
}

/** Each archive names the one before it: of two neighbours the later one has to name the earlier. */
export const judgeChain = (
  chain: readonly {
    readonly name: string
    readonly number: number
    readonly digest: string
    readonly before: { readonly number: number; readonly digest: string } | null
  }[],
): readonly ArchiveProblem[] =>
  chain.flatMap(({ name, before }, index): readonly ArchiveProblem[] => {
    const earlier = chain[index - 1]
    if (earlier === undefined || (before?.number === earlier.number && before.digest === earlier.digest)) return []
    // one that was pruned between the two is nobody's fault
    if (before !== null && before.number > earlier.number) return []
    return [{ kind: 'rolled back', name, message: `does not follow ${earlier.name}, which was made before it` }]
  })
