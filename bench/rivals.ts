/** Where the rivals come from: what the machine has, and what can be installed into build/bench on first use. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

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
