/** Figures beside their rivals, in the same run: on a shared machine only the ratio means something. */

/** What one piece of work took, in milliseconds. */
export interface Taken {
  readonly ms: number
  /** Of all processors together, user and system: what stays the same on a busy machine. Null: not known. */
  readonly cpu: number | null
}

export interface Contender {
  readonly name: string
  /** One measured piece of work, of another process where it says itself what that took; throws when it was not done. */
  readonly work: () => Promise<void | Taken> | void | Taken
}

/** Work of this very process. */
export const inProcess = (work: () => Promise<void>) => async (): Promise<Taken> => {
  const [startedAt, before] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - startedAt, cpu: (user + system) / 1000 }
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
  readonly ours: { readonly name: string } & Taken
  readonly rival: { readonly name: string } & Taken
  /** How many times as long as we the rival takes. */
  readonly ratio: number
  /** The same of processor time. */
  readonly cpuRatio: number | null
  readonly promise: string
}

/** Takes turns, so that a slow minute of the machine meets everybody. */
export const measure = async (figure: Figure): Promise<readonly Measured[]> => {
  const all = [figure.ours, ...figure.rivals]
  const times = new Map(all.map((contender) => [contender, [] as Taken[]]))
  for (const { work } of all) await work()
  for (let round = 0; round < (figure.rounds ?? 21); round++) {
    for (const [contender, list] of times) list.push(await timed(contender))
  }
  const result = (contender: Contender): Measured['ours'] => {
    const taken = times.get(contender) ?? []
    const cpu = taken.flatMap((one) => (one.cpu === null ? [] : [one.cpu]))
    return {
      name: contender.name,
      ms: median(taken.map(({ ms }) => ms)),
      cpu: cpu.length < taken.length ? null : median(cpu),
    }
  }
  const ours = result(figure.ours)
  return figure.rivals.map((one) => {
    const rival = result(one)
    const cpuRatio = ours.cpu === null || rival.cpu === null ? null : rival.cpu / ours.cpu
    return { figure: figure.name, ours, rival, ratio: rival.ms / ours.ms, cpuRatio, promise: figure.promise }
  })
}

const timed = async ({ work }: Contender): Promise<Taken> => {
  const startedAt = performance.now()
  const taken = await work()
  return taken ?? { ms: performance.now() - startedAt, cpu: null }
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
