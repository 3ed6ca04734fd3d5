import type { Clock } from '../core/ports.ts'

const sleeper =
  (isBackground: boolean): Clock['sleep'] =>
  (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      if (isBackground) timer.unref()
      signal?.addEventListener('abort', done)
    })

/** The time of this machine. */
export const clock: Clock = { now: () => Date.now(), sleep: sleeper(false) }

/** The same for work in the background of somebody else's program: its pauses do not keep the program running. */
export const backgroundClock: Clock = { ...clock, sleep: sleeper(true) }
