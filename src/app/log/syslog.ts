import { hasCode } from '../../core/errors.ts'
import { withoutControls } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'

export type Priority = 'auth.notice' | 'daemon.warning'

/** Lines for the system's log, on standard input: as arguments they would be seen by all who may list processes. Gives
 *  the program that took them; null where nobody did. */
export const toSyslog = async (
  { exec, files }: Pick<Ports, 'exec' | 'files'>,
  lines: readonly string[],
  priority: Priority,
): Promise<'logger' | 'systemd-cat' | null> => {
  const input = lines.map((line) => `${withoutControls(line)}\n`).join('')
  const say = async (program: string, args: readonly string[]): Promise<boolean> => {
    try {
      return (await exec.run(program, args, { input, timeout: 5000 })).status === 0
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND', 'UNAVAILABLE', 'DENIED', 'UNSAFE')) return false
      throw error
    }
  }
  const words = ['-t', 'lockstep', '-p', priority]
  // some loggers end well where nobody listens, unless they are told not to; those that cannot be told need a socket
  const place = await files.stat('/dev/log')
  if (place !== null && (await say('logger', ['--socket-errors=on', ...words]))) return 'logger'
  if (place?.kind === 'other' && (await say('logger', words))) return 'logger'
  const level = priority.slice(priority.indexOf('.') + 1)
  return (await say('systemd-cat', ['-t', 'lockstep', '-p', level, 'cat'])) ? 'systemd-cat' : null
}
