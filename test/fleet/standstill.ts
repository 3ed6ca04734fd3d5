/** Receivers on the hosts that stand still, or meet a failing disk, at a system call of our choice. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nullOnSync } from '../../src/io/system-error.ts'
import { type Step, stepsOf } from '../kill/host-call.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'

/** What happens to the call of this number on one host: the first of a delivery is 1. */
export interface Disturbance {
  readonly call: number
  readonly step: Step
  /** `still`: it is stopped once that system call has returned. */
  readonly how: 'still' | 'ENOSPC' | 'EIO'
}

const traced = 'openat,mkdirat,renameat,symlinkat,unlinkat,write,fsync,fchmod,fchown'

// the tracer is its grandchild, so that it has the parent and the process id that it would have by itself
const wrapper = `#!/bin/sh
cd /srv/kill 2>/dev/null || exec /usr/bin/python3 "$@"
n=$(($(cat calls 2>/dev/null || echo 0) + 1)); echo $n > calls
plan=plan.$n; [ -e "$plan" ] || plan=plan.all; [ -e "$plan" ] || exec /usr/bin/python3 "$@"
echo $$ > pid
exec strace -D -o "/srv/kill/log.$n" $(cat "$plan") /usr/bin/python3 "$@"
`

/** Has every receiver of these hosts started through us. */
export const disturbable = (fleet: TestFleet, project: FleetProject, hosts: readonly number[]): Disturber => {
  const folder = (host: number): string => join(fleet.directory, `h${host}`, 'priv/srv/kill')
  for (const host of hosts) {
    fleet.at(
      host,
      `cat > /usr/local/bin/watched-python <<'EOF'\n${wrapper}EOF\nchmod 755 /usr/local/bin/watched-python`,
    )
  }
  const inventory = readFileSync(fleet.inventory, 'utf8')
  project.write('inventory/production', inventory.replace('=/usr/bin/python3', '=/usr/local/bin/watched-python'))

  const plan = (host: number, name: string, args: string): void => {
    rmSync(folder(host), { recursive: true, force: true })
    mkdirSync(folder(host))
    writeFileSync(join(folder(host), name), args)
  }
  const pidOf = (host: number): string => readFileSync(join(folder(host), 'pid'), 'utf8').trim()

  return {
    record: (host) => plan(host, 'plan.all', `-y -s 0 -e trace=${traced}`),
    recorded: (host) => {
      const logs = readdirSync(folder(host)).filter((name) => name.startsWith('log.'))
      return new Map(
        logs.map((name) => [Number(name.slice(4)), stepsOf(readFileSync(join(folder(host), name), 'utf8'))]),
      )
    },
    disturb: (host, { call, step, how }) => {
      const what = how === 'still' ? 'signal=STOP' : `error=${how}`
      plan(host, `plan.${call}`, `-e trace=${step.call} -e inject=${step.call}:${what}:when=${step.count}`)
    },
    calm: (host) => rmSync(folder(host), { recursive: true, force: true }),
    standsStill: async (host, { call, step }, isOver) => {
      const log = join(folder(host), `log.${call}`)
      while (!(nullOnSync(['ENOENT'], () => readFileSync(log, 'utf8')) ?? '').includes('stopped by SIGSTOP')) {
        if (isOver()) throw new Error(`host${host} never came to ${step.shown}`)
        await sleep(20)
      }
    },
    kill: (host) => void fleet.at(host, `kill -9 ${pidOf(host)}`),
    goOn: (host) => {
      const ended = 'i=0; while kill -0 $p 2>/dev/null; do i=$((i+1)); [ $i -lt 400 ] || exit 1; sleep 0.05; done'
      fleet.at(host, `p=${pidOf(host)}; kill -CONT $p 2>/dev/null; ${ended}`)
    },
    endSession: (host) => {
      const parent = "$(awk '/^PPid/ {print $2}' /proc/$p/status)"
      fleet.at(host, `p=${pidOf(host)}; while [ "$(cat /proc/$p/comm)" != sshd ]; do p=${parent}; done; kill -9 $p`)
    },
    endClient: (host) => {
      const address = new RegExp(`^host${host} ansible_host=(\\S+)`, 'm').exec(inventory)?.[1] ?? ''
      const [file = '', ...args] = fleet.controller(['ss', '-tnpH', 'dst', address])
      const { stdout } = spawnSync(file, args, { encoding: 'utf8' })
      const owners = new Set([...stdout.matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid)))
      if (owners.size === 0) throw new Error(`nobody is connected to ${address}`)
      for (const pid of owners) endProcess(pid)
    },
  }
}

export interface Disturber {
  /** From here on, each call's system calls are written down; see recorded. */
  record(host: number): void
  /** By number of the call, every system call by which it changed files. */
  recorded(host: number): ReadonlyMap<number, readonly Step[]>
  disturb(host: number, disturbance: Disturbance): void
  /** Nothing happens to this host any more. */
  calm(host: number): void
  /** Resolves when its receiver stands still there. Throws when the run `isOver` before. */
  standsStill(host: number, disturbance: Disturbance, isOver: () => boolean): Promise<void>
  /** The receiver. */
  kill(host: number): void
  /** Lets it go on to its end, and waits for that. */
  goOn(host: number): void
  /** Kills the host's end of the connection. */
  endSession(host: number): void
  /** Kills whoever holds our end of it. */
  endClient(host: number): void
}

/** The program itself, built or not. */
export const ourProgram: RegExp = /\/bin\.(?:ts|cjs)$/

/** Processes below this one with such a word on their command line. */
export const descendants = (pid: number, word: RegExp): readonly number[] => {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/stat`))
      .map((name): [number, number] => [Number(name), parentOf(name)]),
  )
  const isBelow = (one: number): boolean => one !== 0 && (parents.get(one) === pid || isBelow(parents.get(one) ?? 0))
  return [...parents.keys()].filter((one) => isBelow(one) && commandOf(one).some((each) => word.test(each)))
}

/** And this one, where it has such a word itself: what was started may have become the program. */
export const itAndDescendants = (pid: number, word: RegExp): readonly number[] => [
  ...(commandOf(pid).some((each) => word.test(each)) ? [pid] : []),
  ...descendants(pid, word),
]

const parentOf = (pid: string): number => {
  const stat = nullOnSync(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? ''
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}

const commandOf = (pid: number): readonly string[] =>
  (nullOnSync(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').split('\0')

/** Killed; one that ended with its parent a moment ago is as dead. */
export const endProcess = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
