/** Where the rivals come from: what the machine has, and what can be installed into build/bench on first use. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Taken } from './compare.ts'

export const root: string = resolve(import.meta.dirname, '..')
const place = join(root, 'build', 'bench')

/** Path of a program on PATH or among the built rivals, or null. */
export const findProgram = (name: string): string | null => {
  const folders = [join(place, 'bin'), ...(process.env['PATH'] ?? '').split(':')]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null
}

/** Installs exact npm packages in a directory of their own; gives that directory's bin, or null when it fails. */
export const npmRival = (...packages: readonly string[]): string | null => {
  const directory = join(place, 'npm')
  const bin = join(directory, 'node_modules', '.bin')
  const names = packages.map((name) => name.slice(0, name.lastIndexOf('@')))
  if (names.every((name) => existsSync(join(directory, 'node_modules', name)))) return bin
  mkdirSync(directory, { recursive: true })
  const args = [
    'install',
    '--prefix',
    directory,
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...packages,
  ]
  return spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0 ? bin : null
}

/** The ansible-vault of the environment that the peer tests use, or null. */
export const ansibleVault = (): string | null => {
  const done = spawnSync('sh', [join(root, 'scripts', 'peers-ansible.sh')], { encoding: 'utf8' })
  return done.status === 0 ? join(done.stdout.trim(), 'bin', 'ansible-vault') : null
}

// What the program prints is thrown away, what it complains about is not, and the times come alone.
const timing = `TIMEFORMAT='%R %U %S'; exec 3>&2; { time "$@" >/dev/null 2>&3; } 2>&1`

/** Runs a program as runProgram does, and says what it took: the clock and the processor, as bash tells them. */
export const timeProgram = (
  command: string,
  args: readonly string[],
  { cwd, env = process.env }: { readonly cwd?: string; readonly env?: Readonly<NodeJS.ProcessEnv> } = {},
): Taken => {
  const done = spawnSync('bash', ['-c', timing, 'bash', command, ...args], { cwd, env, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${command} ${args[0] ?? ''}: ${done.status} ${done.stderr}`)
  const [real, user, system] = done.stdout
    .trim()
    .split(' ')
    .map((text) => Number(text.replace(',', '.')) * 1000)
  if (real === undefined || user === undefined || system === undefined) throw new Error('bash did not tell the time')
  return { ms: real, cpu: user + system }
}

/** Runs a program to its end and throws unless it succeeds. Nothing it prints is kept. */
export const runProgram = (
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): void => {
  const env = options.env ?? process.env
  const { cwd, input } = options
  const stdin = input === undefined ? 'ignore' : 'pipe'
  const done = spawnSync(command, args, { cwd, env, input, stdio: [stdin, 'ignore', 'pipe'] })
  if (done.status !== 0) throw new Error(`${command} ${args[0] ?? ''}: ${done.status} ${done.stderr?.toString() ?? ''}`)
}
