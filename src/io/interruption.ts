import { constants } from 'node:os'

const stops = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Milliseconds within which two signals are one: timeout(1) sends its own to the process and again to its group. */
const together = 250

/** Takes over SIGINT, SIGTERM and SIGHUP: the first aborts the signal, its number as the reason; one that comes later
 *  ends the process at once, as if never taken over. */
export const listenForInterruption = (): AbortSignal => {
  const stop = new AbortController()
  let first = 0
  const hear = (name: NodeJS.Signals): void => {
    if (!stop.signal.aborted) {
      first = performance.now()
      stop.abort(constants.signals[name])
    } else if (performance.now() - first > together) {
      for (const one of stops) process.removeListener(one, hear)
      process.kill(process.pid, name)
    }
  }
  for (const name of stops) process.on(name, hear)
  return stop.signal
}
