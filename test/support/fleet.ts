/** Real hosts for tests: network namespaces with sshd, private /opt and (on demand) a Docker engine each. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { checkJsonOutput } from './json-output.ts'

const hostsScript = resolve(import.meta.dirname, '..', 'fleet', 'hosts.sh')
// what is built where that is newer than the sources: it starts in a fifth of the time
const program = resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')

export interface TestFleet {
  /** Where the hosts' state lies: their private directories, keys, inventory. */
  readonly directory: string
  readonly inventory: string
  /** Runs a command on host N (1-based); its stdout. Throws when it fails. */
  at(host: number, script: string): string
  /** Exit status of a command on host N. */
  statusAt(host: number, script: string): number
  stop(host: number): void
  start(host: number): void
  /** A command in the controller's namespace, as an argument list to spawn. */
  controller(command: readonly string[]): readonly string[]
  down(): void
}

export interface FleetOptions {
  readonly hosts: number
  /** Third octet of 10.N.0.0/24: another one for every test file. */
  readonly net: number
  readonly docker?: boolean
  /** Tar files to load into every engine. */
  readonly images?: readonly string[]
}

export const startFleet = (options: FleetOptions): TestFleet => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-fleet-'))
  const env = {
    ...process.env,
    FLEET_DIR: directory,
    FLEET_NET: `10.${options.net}.0`,
    FLEET_DOCKER: options.docker === true ? '1' : '0',
    FLEET_IMAGES: (options.images ?? []).join(' '),
  }
  const script = (args: readonly string[]): { status: number; stdout: string; stderr: string } => {
    const done = spawnSync('bash', [hostsScript, ...args], { env, encoding: 'utf8', maxBuffer: 1 << 28 })
    const status = done.status ?? 255
    if (status !== 0) throw new Error(`hosts.sh ${args.join(' ')} ended with ${status}\n${done.stdout}${done.stderr}`)
    return { status, stdout: done.stdout, stderr: done.stderr }
  }
  script(['up', String(options.hosts)])
  // asked of the script once: a look at a host costs a fifth so
  const entries = new Map<number | 'ctl', readonly string[]>()
  const entryOf = (place: number | 'ctl'): readonly string[] => {
    const known =
      entries.get(place) ??
      script(['entry', String(place)])
        .stdout.trimEnd()
        .split('\n')
    entries.set(place, known)
    return known
  }
  const inside = (host: number, text: string): { status: number; stdout: string; stderr: string } => {
    const [file = '', ...args] = entryOf(host)
    const done = spawnSync(file, [...args, 'sh', '-c', text], { encoding: 'utf8', maxBuffer: 1 << 28 })
    return { status: done.status ?? 255, stdout: done.stdout, stderr: done.stderr }
  }
  return {
    directory,
    inventory: join(directory, 'inventory'),
    at: (host, text) => {
      const { status, stdout, stderr } = inside(host, text)
      if (status !== 0) throw new Error(`${text} ended with ${status} on host${host}\n${stdout}${stderr}`)
      return stdout
    },
    statusAt: (host, text) => inside(host, text).status,
    stop: (host) => {
      entries.delete(host)
      script(['stop', String(host)])
    },
    start: (host) => {
      entries.delete(host)
      script(['start', String(host)])
    },
    controller: (command) => [...entryOf('ctl'), ...command],
    down: () => {
      script(['down'])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface FleetProject {
  readonly directory: string
  /** Runs lockstep in the project, in the controller's namespace. */
  lockstep(args: readonly string[], options?: RunOptions): Promise<Outcome>
  /** As lockstep, with --json; the parsed object, and the exit status under `status`. */
  json(
    args: readonly string[],
    options?: RunOptions,
  ): Promise<{ readonly status: number; readonly value: Record<string, unknown> }>
  write(path: string, text: string): void
  /** Another clone: the same files, nothing of the git-ignored cache. */
  clone(): FleetProject
  remove(): void
}

export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Called with the process, for tests that interrupt it. */
  readonly onStart?: (pid: number) => void
}

/** A project whose secrets are what `secrets` says (group → name → value), over the hosts of `fleet`. */
export const startProject = async (
  fleet: TestFleet,
  manifest: string,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<FleetProject> => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-project-'))
  mkdirSync(join(directory, 'inventory'))
  writeFileSync(join(directory, 'inventory', 'production'), readFileSync(fleet.inventory))
  writeFileSync(join(directory, 'lockstep.yaml'), manifest)
  const project = projectAt(fleet, directory)
  await must(project.lockstep(['init']))
  for (const [group, values] of Object.entries(secrets)) {
    for (const [name, value] of Object.entries(values)) {
      await must(project.lockstep(['set', name, '--group', group], { input: value }))
    }
  }
  return project
}

const must = async (running: Promise<Outcome>): Promise<void> => {
  const { status, stderr, stdout } = await running
  if (status !== 0) throw new Error(`lockstep ended with ${status}\n${stdout}${stderr}`)
}

const projectAt = (fleet: TestFleet, directory: string): FleetProject => {
  const lockstep: FleetProject['lockstep'] = (args, options = {}) =>
    run(fleet.controller([program, ...args]), directory, options)
  return {
    directory,
    lockstep,
    json: async (args, options) => {
      const { status, stdout, stderr } = await lockstep(args.toSpliced(1, 0, '--json'), options)
      try {
        if (stdout !== '') await checkJsonOutput(args, stdout)
        return { status, value: JSON.parse(stdout || stderr) }
      } catch (cause) {
        throw new Error(`lockstep ${args.join(' ')} printed no JSON of its schema\n${stdout}\n${stderr}`, { cause })
      }
    },
    write: (path, text) => {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), text)
    },
    clone: () => {
      const copy = mkdtempSync(join(tmpdir(), 'lockstep-project-'))
      spawnSync('sh', ['-c', 'cp -a "$1/." "$2/" && rm -rf "$2/.lockstep"', 'sh', directory, copy])
      return projectAt(fleet, copy)
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

const run = (command: readonly string[], cwd: string, options: RunOptions): Promise<Outcome> =>
  new Promise((resolveRun, reject) => {
    const [file = '', ...args] = command
    // set here and there, and not where people work: what waits for a line must not get by with it
    const env = { ...process.env, PYTHONUNBUFFERED: undefined, ...options.env }
    const child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    child.once('error', reject)
    child.once('close', (status, signal) =>
      resolveRun({ status: status ?? (signal === null ? 255 : 137), stdout, stderr }),
    )
    child.stdin.on('error', () => undefined).end(options.input ?? '')
    if (child.pid !== undefined) options.onStart?.(child.pid)
  })
