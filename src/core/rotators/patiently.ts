import type { Clock } from '../ports.ts'

export interface Patience {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Milliseconds in all (default 60 000). */
  readonly most?: number
  /** Milliseconds between two tries (default 2 000). */
  readonly pause?: number
}

/** Tries again until the answer will do, for upstreams that take a while to know what they were told. Gives the last
 *  answer, whatever it is. */
export const patiently = async <T>(
  work: () => Promise<T>,
  willDo: (answer: T) => boolean,
  { clock, signal, most = 60_000, pause = 2_000 }: Patience,
): Promise<T> => {
  const end = clock.now() + most
  let answer = await work()
  while (!willDo(answer) && !signal.aborted && clock.now() + pause <= end) {
    await clock.sleep(pause, signal)
    answer = await work()
  }
  return answer
}
