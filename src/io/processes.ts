import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { fail } from '../core/errors.ts'
import type { Processes } from '../core/links.ts'

/** Programs that run beside us, line by line. */
export const processes: Processes = {
  start: async (command, args, options) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...options.environment },
      stdio: [options.terminal ? 'inherit' : 'ignore', 'pipe', 'pipe'],
      detached: !options.terminal,
    })
    const { pid } = child
    if (pid === undefined) {
      const cause = await new Promise((resolve) => child.once('error', resolve))
      throw fail('NOT_FOUND', `cannot start ${command}`, { cause })
    }
    const readers = [lines(child.stdout, options.onLine, 'stdout'), lines(child.stderr, options.onLine, 'stderr')]
    const closed = new Promise<number>((resolve) => {
      child.once('exit', (status, signal) => resolve(status ?? 128 + (signal ? constants.signals[signal] : 0)))
    })
    return {
      pid,
      ended: closed.then(async (status) => {
        await Promise.all(readers)
        return status
      }),
      end: () => endGroup(pid, options.terminal),
    }
  },
}

const lines = async (
  stream: Readable,
  onLine: (line: string, name: 'stdout' | 'stderr') => void,
  name: 'stdout' | 'stderr',
): Promise<void> => {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) onLine(line, name)
}

const endGroup = (pid: number, isOnTerminal: boolean): void => {
  try {
    process.kill(isOnTerminal ? pid : -pid, 'SIGTERM')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause
  }
}
