import { isoTime } from '../../core/duration.ts'
import { hasCode } from '../../core/errors.ts'
import { statusChanges } from '../../core/fleet/status-changes.ts'
import type { StatusReport } from '../../core/fleet/status-report.ts'
import type { Ports } from '../../core/ports.ts'

export interface Repeating {
  /** Seconds from the end of one look to the next. */
  readonly seconds: number
  readonly signal: AbortSignal
  /** Looks once, and tells who is to be told. */
  readonly look: () => Promise<StatusReport>
  readonly line: (text: string) => void
}

/** Looks again and again until the signal aborts, and says what has changed since the look before. A look that could not
 *  be had is said, and tried again. The last one there was; null: none.
 *  @throws what waiting does not mend */
export const repeatStatus = async (
  { clock }: Pick<Ports, 'clock'>,
  { seconds, signal, look, line }: Repeating,
): Promise<StatusReport | null> => {
  let last: StatusReport | null = null
  while (!signal.aborted) {
    try {
      const found = await look()
      const at = isoTime(clock.now())
      for (const change of statusChanges(last, found)) line(`${at}  ${change}`)
      last = found
    } catch (error) {
      if (signal.aborted) break
      if (!hasCode(error, 'UNAVAILABLE', 'CONFLICT', 'PARTIAL')) throw error
      line(`${isoTime(clock.now())}  no look could be had: ${error.message}`)
    }
    if (!signal.aborted) await clock.sleep(seconds * 1000, signal)
  }
  return last
}
