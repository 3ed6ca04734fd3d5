import { hasCode } from '../../core/errors.ts'
import { withoutControls } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'

/** One line for the system's log, where there is a `logger`. False where it was not taken. */
export const toSyslog = async ({ exec, files }: Pick<Ports, 'exec' | 'files'>, line: string): Promise<boolean> => {
  // some loggers end well where nobody listens
  if ((await files.stat('/dev/log')) === null) return false
  try {
    const words = ['-t', 'lockstep', '-p', 'auth.notice', '--', withoutControls(line)]
    return (await exec.run('logger', words, { timeout: 2000 })).status === 0
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND', 'UNAVAILABLE', 'DENIED', 'UNSAFE')) return false
    throw error
  }
}
