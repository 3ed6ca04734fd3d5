/** Playbooks of a user's, run by ansible-playbook itself in a project. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { FleetProject, Outcome, TestFleet } from './fleet.ts'

const root = resolve(import.meta.dirname, '..', '..')

export interface Counts {
  readonly ok: number
  readonly changed: number
  readonly unreachable: number
  readonly failed: number
}

export interface Played extends Outcome {
  /** What the recap says of each host. */
  readonly hosts: Readonly<Record<string, Counts>>
}

export interface PlayOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Directory of the ansible-playbook to use; the one on PATH otherwise. */
  readonly programs?: string
  /** Kill it after so many seconds. */
  readonly killAfter?: number
}

export interface Player {
  /** Where Ansible keeps what it keeps on this side. */
  readonly home: string
  /** Runs `ansible-playbook -i inventory/production ARGS` in the project. */
  play(project: FleetProject, args: readonly string[], options?: PlayOptions): Promise<Played>
  remove(): void
}

/** The collection, found as an installed one is, and a home of its own for Ansible. */
export const startPlayer = (fleet: TestFleet): Player => {
  const home = mkdtempSync(join(tmpdir(), 'lockstep-player-'))
  const collections = join(home, 'collections')
  mkdirSync(join(collections, 'ansible_collections/lockstep'), { recursive: true })
  symlinkSync(join(root, 'ansible'), join(collections, 'ansible_collections/lockstep/secrets'))
  mkdirSync(join(home, 'run'), { mode: 0o700 })
  return {
    home,
    play: async (project, args, options = {}) => {
      const program = join(options.programs ?? '/usr/bin', 'ansible-playbook')
      const env = {
        ...process.env,
        HOME: home,
        ANSIBLE_HOME: join(home, 'ansible'),
        ANSIBLE_LOCAL_TEMP: join(home, 'ansible/tmp'),
        ANSIBLE_COLLECTIONS_PATH: collections,
        ANSIBLE_NOCOLOR: '1',
        ANSIBLE_DEPRECATION_WARNINGS: '0',
        LOCKSTEP_PROGRAM: join(root, 'bin/lockstep'),
        XDG_RUNTIME_DIR: join(home, 'run'),
        ...options.env,
      }
      const killer = options.killAfter === undefined ? [] : ['timeout', '-s', 'KILL', String(options.killAfter)]
      const command = fleet.controller([...killer, program, '-i', 'inventory/production', ...args])
      const done = await run(command, project.directory, env)
      return { ...done, hosts: recap(done.stdout) }
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}

/** Path of the programs of the newest ansible-core that this machine's Python takes. */
export const newestAnsible = (): string => {
  const { stdout, status, stderr } = spawnSync('sh', [join(root, 'scripts/peers-ansible.sh')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return join(stdout.trim(), 'bin')
}

const recap = (text: string): Record<string, Counts> =>
  Object.fromEntries(
    [...text.matchAll(/^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)/gm)].map(
      ([, host, ok, changed, unreachable, failed]) => [
        host,
        { ok: Number(ok), changed: Number(changed), unreachable: Number(unreachable), failed: Number(failed) },
      ],
    ),
  )

const run = (command: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> =>
  new Promise((resolveRun, reject) => {
    const [file = '', ...args] = command
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    child.once('error', reject)
    child.once('close', (status) => resolveRun({ status: status ?? 255, stdout, stderr }))
  })
