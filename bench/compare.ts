/** Figures beside their rivals, in the same run: on a shared machine only the ratio means something. */

export interface Contender {
  readonly name: string
  /** One measured piece of work; throws when it did not do it. */
  readonly work: () => Promise<void> | void
}

/** One line of the report. */
export interface Figure {
  readonly name: string
  readonly ours: Contender
  readonly rivals: readonly Contender[]
  /** How often each is measured (default 21). */
  readonly rounds?: number
  /** What is promised, in words: `4x ahead`. */
  readonly promise: string
}

/** Figures that need the same set-up. Returns its figures and how to clean up; rivals that cannot be had are named. */
export interface Subject {
  readonly name: string
  prepare(): Promise<Prepared>
}

export interface Prepared {
  readonly figures: readonly Figure[]
  /** Rivals that are not here, with the reason. */
  readonly missing?: readonly string[]
  clean?(): Promise<void>
}

export interface Measured {
  readonly figure: string
  readonly ours: { readonly name: string; readonly ms: number }
  readonly rival: { readonly name: string; readonly ms: number }
  /** How many times as long as we the rival takes. */
  readonly ratio: number
  readonly promise: string
}

/** Takes turns, so that a slow minute of the machine meets everybody. */
export const measure = async (figure: Figure): Promise<readonly Measured[]> => {
  const all = [figure.ours, ...figure.rivals]
  const times = new Map(all.map((contender) => [contender, [] as number[]]))
  for (const { work } of all) await work()
  for (let round = 0; round < (figure.rounds ?? 21); round++) {
    for (const [contender, list] of times) {
      const startedAt = performance.now()
      await contender.work()
      list.push(performance.now() - startedAt)
    }
  }
  const ours = { name: figure.ours.name, ms: median(times.get(figure.ours) ?? []) }
  return figure.rivals.map((rival) => {
    const ms = median(times.get(rival) ?? [])
    return { figure: figure.name, ours, rival: { name: rival.name, ms }, ratio: ms / ours.ms, promise: figure.promise }
  })
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
