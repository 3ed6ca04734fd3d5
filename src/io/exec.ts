import { type ChildProcess, spawn } from 'node:child_process'
import { constants as system } from 'node:os'
import type { Readable } from 'node:stream'
import { isBootstrapName } from '../core/runtime/child-environment.ts'
import { fail } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import type { Exec, RunOptions, RunResult } from '../core/ports.ts'
import { find, findProgram } from './find-program.ts'
import { fromSystem, isSystem } from './system-error.ts'

const defaultTimeout = 60_000
const defaultMax = 16 * 1024 * 1024
const grace = 2000

type Environment = Readonly<Record<string, string | undefined>>

const run: Exec['run'] = async (command, args, options = {}) => {
  const { path, env } = await prepare(command, options)
  const child = spawn(path, args, { env, cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  const guard = watch(child, command, options)
  try {
    child.stdin.on('error', ignoreClosed)
    child.stdin.end(options.input)
    const max = options.max ?? defaultMax
    const [status, stdout, stderr] = await Promise.all([
      ended(child, path),
      collect(child.stdout, max, guard.overflow),
      collect(child.stderr, max, guard.overflow),
    ])
    guard.check()
    return { status, stdout: new Uint8Array(stdout), stderr: new TextDecoder().decode(stderr) } satisfies RunResult
  } finally {
    guard.done()
  }
}

const interactive: Exec['interactive'] = async (command, args, options = {}) => {
  const { path, env } = await prepare(command, options)
  // Ctrl-C goes to everything on the terminal: it is for the program in front, not for us.
  const ignore = (): void => {}
  for (const name of ['SIGINT', 'SIGQUIT'] as const) process.on(name, ignore)
  const child = spawn(path, args, { env, cwd: options.cwd, stdio: 'inherit' })
  const guard = watch(child, command, { ...options, timeout: Infinity })
  // Whoever ends us means the program in front too, and we still have to clean up after it.
  const pass = (name: NodeJS.Signals): void => void child.kill(name)
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, pass)
  try {
    return await ended(child, path)
  } finally {
    guard.done()
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.removeListener(name, pass)
    for (const name of ['SIGINT', 'SIGQUIT'] as const) process.removeListener(name, ignore)
  }
}

interface Prepared {
  readonly path: string
  readonly env: Record<string, string>
}

const prepare = async (command: string, options: Pick<RunOptions, 'env' | 'cwd' | 'signal'>): Promise<Prepared> => {
  if (options.signal?.aborted === true) throw interrupted(command)
  const given = Object.entries(options.env ?? ownEnvironment())
  const env = Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined))
  const path = await findProgram(command, env)
  if (path === null)
    throw fail('NOT_FOUND', `there is no program ${quoteName(command)}`, {
      at: command,
      hint: 'install it, or look whether it is on the PATH of this run',
    })
  return { path, env }
}

const ownEnvironment = (): Environment =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !isBootstrapName(name)))

const ended = (child: ChildProcess, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once('error', (error) => reject(fromSystem(error, 'run', path)))
    child.once('exit', (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : system.signals[signal])))
  })

/** All that comes until the pipe is closed, by its writers or by us. */
const collect = (stream: Readable, max: number, overflow: () => void): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    stream.on('data', (part: Buffer) => {
      length += part.length
      if (length <= max) parts.push(part)
      else overflow()
    })
    stream.once('error', reject)
    stream.once('close', () => resolve(Buffer.concat(parts)))
  })

interface Guard {
  /** Ends the child because it says too much. */
  overflow(): void
  /** @throws why the child was ended, if it was we who did */
  check(): void
  done(): void
}

/** Ends the child on time-out, abort or flood: politely, then not. */
const watch = (child: ChildProcess, command: string, options: RunOptions): Guard => {
  let reason: Error | null = null
  let last: NodeJS.Timeout | undefined
  const stop = (why: Error): void => {
    if (reason !== null) return
    reason = why
    child.kill('SIGTERM')
    last = setTimeout(() => {
      child.kill('SIGKILL')
      // A grandchild may still hold the pipes open; nothing more is expected from them.
      child.stdout?.destroy()
      child.stderr?.destroy()
    }, grace)
  }
  const limit = options.timeout ?? defaultTimeout
  const timer = limit === Infinity ? undefined : setTimeout(() => stop(tooLong(command)), limit)
  const abort = (): void => stop(interrupted(command))
  options.signal?.addEventListener('abort', abort)
  return {
    overflow: () => stop(fail('UNSAFE', `${quoteName(command)} prints more than is accepted`, { at: command })),
    check: () => {
      if (reason !== null) throw reason
    },
    done: () => {
      clearTimeout(timer)
      clearTimeout(last)
      options.signal?.removeEventListener('abort', abort)
    },
  }
}

const tooLong = (command: string): Error =>
  fail('UNAVAILABLE', `${quoteName(command)} did not end in time`, { at: command })

const interrupted = (command: string): Error =>
  fail('UNAVAILABLE', `${quoteName(command)} was interrupted`, { at: command })

/** A program that does not read its input to the end is within its rights. */
const ignoreClosed = (error: Error): void => {
  if (!isSystem(error, 'EPIPE', 'ECONNRESET', 'EOF')) throw error
}

/** The programs of this machine. */
export const exec: Exec = { run, interactive, find }
