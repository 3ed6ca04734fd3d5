import { constants } from 'node:os'

const stops = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Takes over SIGINT, SIGTERM and SIGHUP: the first aborts the signal, its number as the reason; the second ends the
 *  process at once, as if never taken over. */
export const listenForInterruption = (): AbortSignal => {
  const stop = new AbortController()
  const hear = (name: NodeJS.Signals): void => {
    for (const other of stops) process.removeListener(other, hear)
    stop.abort(constants.signals[name])
  }
  for (const name of stops) process.on(name, hear)
  return stop.signal
}
