import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The client of the engine's own package: another, newer one that comes first on PATH may lack its builder. */
const client = '/usr/bin/docker'

export interface Reply {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A Docker engine of the test's own, without a network. */
export interface Engine {
  /** Runs the client. */
  docker(args: readonly string[], options?: { readonly input?: Uint8Array }): Reply
  /** The same, and its output. @throws what it said when it failed */
  must(args: readonly string[], options?: { readonly input?: Uint8Array }): string
  stop(): Promise<void>
}

/** Starts an engine with everything it writes in a directory of its own. Needs root. */
export const startEngine = async (): Promise<Engine> => {
  const directory = mkdtempSync(join(tmpdir(), 'engine-'))
  const socket = `unix://${directory}/docker.sock`
  const places = ['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')]
  const doors = ['--pidfile', join(directory, 'pid'), '--host', socket, '--log-level', 'error']
  const alone = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--userland-proxy=false']
  const child = spawn('/usr/sbin/dockerd', [...places, ...doors, ...alone])
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  const docker: Engine['docker'] = (args, { input } = {}) => {
    const env = { ...process.env, DOCKER_HOST: socket, DOCKER_BUILDKIT: '0', DOCKER_CONFIG: directory }
    const done = spawnSync(client, args, { env, input, maxBuffer: 512 * 1024 * 1024 })
    return { status: done.status ?? 1, stdout: done.stdout.toString('latin1'), stderr: done.stderr.toString() }
  }
  const engine: Engine = {
    docker,
    must: (args, options) => {
      const { status, stdout, stderr } = docker(args, options)
      if (status === 0) return stdout.trim()
      throw new Error(`docker ${args[0]} ended with ${status}: ${stderr}`)
    },
    stop: async () => {
      const running = docker(['ps', '-q']).stdout.split('\n').filter(Boolean)
      if (running.length > 0) docker(['rm', '-f', ...running])
      child.kill('SIGTERM')
      await ended
      unmountBelow(directory)
      rmSync(directory, { recursive: true, force: true })
    },
  }
  for (let attempt = 0; attempt < 200; attempt++) {
    if (docker(['version']).status === 0) return engine
    if (child.exitCode !== null) break
    await sleep(100)
  }
  await engine.stop()
  throw new Error(`dockerd did not start: ${said}`)
}

/** The engine leaves its containers' network namespaces mounted. */
const unmountBelow = (directory: string): void => {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${directory}/`))
  for (const point of points.reverse()) spawnSync('umount', [point])
}
