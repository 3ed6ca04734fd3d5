import { fail } from '../core/errors.ts'
import type { Launcher, Program } from '../core/runtime/launcher.ts'
import { checkExecutable } from './executable.ts'
import { handBack } from './hygiene.ts'
import { dropTo } from './identity.ts'

type Execve = (path: string, args: readonly string[], environment: Readonly<Record<string, string>>) => never

/** Bytes of arguments and environment together that every Linux takes (a quarter of the usual 8 MiB of stack). */
const largestStart = 2 * 1024 * 1024 - 128 * 1024

/** The door for this process; `execve` null is a system that cannot replace a process. */
export const openLauncher = (execve: Execve | null = process.execve ?? null): Launcher => ({
  place: async (...call) => (await import('./place-secrets.ts')).placeSecrets(...call),
  become: async (program) => {
    checkSize(program)
    // While it is still ours to undo: another user may not write what we changed.
    handBack()
    if (program.identity !== null) dropTo(program.identity)
    const { path, before } = checkExecutable(program.path)
    const args = [...before, ...program.args]
    if (execve === null) return (await import('./resident.ts')).runResident(path, args, program.environment)
    leaveCleanly()
    return execve(path, [before.length > 0 ? path : program.name, ...args], program.environment)
  },
})

const checkSize = ({ path, name, args, environment }: Program): void => {
  const sizeOf = (text: string): number => Buffer.byteLength(text) + 9
  let total = [path, name, ...args].reduce((sum, text) => sum + sizeOf(text), 0)
  for (const [key, value] of Object.entries(environment)) total += Buffer.byteLength(key) + 1 + sizeOf(value)
  if (total <= largestStart) return
  throw fail('UNSAFE', 'all variables and arguments together are more than a program can be started with', {
    hint: 'use `run --files DIR`, or name fewer groups with --groups',
  })
}

const ignoredByUs = ['SIGPIPE', 'SIGXFSZ'] as const

/** What would follow us into the program: signals that the runtime ignores stay ignored through execve, while those
 *  that have a handler go back to their default. */
const leaveCleanly = (): void => {
  for (const signal of ignoredByUs) process.on(signal, () => {})
  // bun warns on standard error that execve is experimental; nothing of ours is left to say there.
  process.emitWarning = () => {}
}
