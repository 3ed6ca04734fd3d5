import { hasCode } from '../../core/errors.ts'
import { withoutControls } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'

/** One line for the system's log, where there is a `logger`. False where it was not taken. */
export const toSyslog = async ({ exec, files }: Pick<Ports, 'exec' | 'files'>, line: string): Promise<boolean> => {
  // some loggers end well where nobody listens, unless they are told not to; those that cannot be told need a socket
  const place = await files.stat('/dev/log')
  if (place === null) return false
  const words = ['-t', 'lockstep', '-p', 'auth.notice', '--', withoutControls(line)]
  const say = async (options: readonly string[]): Promise<boolean> =>
    (await exec.run('logger', [...options, ...words], { timeout: 2000 })).status === 0
  try {
    return (await say(['--socket-errors=on'])) || (place.kind === 'other' && (await say([])))
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND', 'UNAVAILABLE', 'DENIED', 'UNSAFE')) return false
    throw error
  }
}
