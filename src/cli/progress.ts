import type { Clock } from '../core/ports.ts'
import type { Report } from './command.ts'
import type { TextOut } from './output.ts'
import { printable } from './printable.ts'

/** Milliseconds a command may take before its hosts are worth a line. */
const patience = 500

export interface Progress {
  readonly report: Report
  /** Call when the command has ended: host lines that were not shown by then never are. */
  end(): Promise<void>
}

/** Progress on stderr. `report(line)` prints at once; `report.host` only in commands that take a while. */
export const startProgress = (to: TextOut, clock: Clock, options: { readonly silent: boolean }): Progress => {
  const startedAt = clock.now()
  const held: string[] = []
  let last = Promise.resolve()
  let widest = 0
  const print = (line: string): void => void (last = last.then(() => to.write(line)))
  const release = (): void => {
    if (held.length > 0) print(held.splice(0).join(''))
  }
  const isSlow = (): boolean => clock.now() - startedAt >= patience
  let timer: { readonly stop: AbortController; readonly fired: Promise<void> } | null = null
  const startTimer = (): NonNullable<typeof timer> => {
    const stop = new AbortController()
    const slept = clock.sleep(patience, stop.signal)
    return { stop, fired: slept.then(() => (stop.signal.aborted ? undefined : release())) }
  }
  const line = (text: string): void => {
    if (!options.silent) print(`${printable(text)}\n`)
  }
  const always = (text: string): void => print(`${printable(text)}\n`)
  const host = (name: string, state: string): void => {
    if (options.silent) return
    widest = Math.max(widest, name.length)
    held.push(`${printable(name).padEnd(widest)}  ${printable(state)}\n`)
    if (isSlow()) release()
    else timer ??= startTimer()
  }
  return {
    report: Object.assign(line, { host, always }),
    end: async () => {
      timer?.stop.abort()
      await timer?.fired
      if (isSlow()) release()
      await last
    },
  }
}
