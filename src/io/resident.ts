import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { fail } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'

// Not SIGURG, SIGCHLD and the like: the runtime uses them itself.
const passedOn = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
// On a terminal the whole process group has these from the keyboard already.
const fromKeyboard: readonly string[] = ['SIGINT', 'SIGQUIT']

/** Runs the program below us, passes signals on, and gives its exit status, 128+N for death by signal N. */
export const runResident = (
  path: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> =>
  new Promise((resolve, reject) => {
    // Listening starts first: a signal may come as soon as the program runs.
    const forwarding = forwardSignals()
    const child = spawn(path, args, { stdio: 'inherit', env: { ...environment } })
    forwarding.to(child)
    child.once('error', (cause) => reject(fail('NOT_FOUND', `cannot start ${quoteName(path)}`, { at: path, cause })))
    child.once('exit', (status, signal) => {
      forwarding.end()
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })

const forwardSignals = (): { to(child: ChildProcess): void; end(): void } => {
  const onTerminal = isatty(0)
  const early: NodeJS.Signals[] = []
  let receiver: ChildProcess | null = null
  const listeners = passedOn.map((signal) => {
    const listener = (): void => {
      if (onTerminal && fromKeyboard.includes(signal)) return
      if (receiver === null) early.push(signal)
      else receiver.kill(signal)
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return {
    to: (child) => {
      receiver = child
      for (const signal of early) child.kill(signal)
    },
    end: () => {
      for (const remove of listeners) remove()
    },
  }
}
