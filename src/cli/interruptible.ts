import { fail } from '../core/errors.ts'
import type { Report } from './command.ts'

/** Work on the hosts that a signal ends, with a line that says how things stand. The signals are taken over with the
 *  first word of a host: before that nothing was done, and a prompt may be open that knows what to do with Ctrl-C.
 *  @throws what main passes over once it has heard a signal */
export const interruptible = <T>(
  call: { readonly report: Report; readonly signal: AbortSignal },
  words: string | (() => string),
  work: (onHost: Report['host']) => Promise<T>,
): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    let isListening = false
    const stop = (): void => {
      call.report(`interrupted: ${typeof words === 'string' ? words : words()}`)
      reject(fail('UNAVAILABLE', 'interrupted'))
    }
    const onHost: Report['host'] = (host, state) => {
      if (!isListening) call.signal.addEventListener('abort', stop, { once: true })
      isListening = true
      call.report.host(host, state)
    }
    work(onHost).then(resolve, reject)
  })
