import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TestContext, test } from 'node:test'
import { newCanary, sightingsIn } from './canary.ts'
import { projectIn, testPassword } from './project.ts'

interface Waiting {
  readonly root: string
  readonly child: ChildProcessWithoutNullStreams
  /** Lets it go on: the password arrives on the FIFO. */
  answer(): void
}

/** The program as it waits for the project password on a FIFO, free to dump core. */
const waiting = async (t: TestContext, program: readonly string[], value: string): Promise<Waiting> => {
  const { root } = await projectIn(t, { secrets: { aws: { AWS_KEY: value } } })
  const fifo = join(root, 'fifo')
  assert.equal(spawnSync('mkfifo', ['-m', '600', fifo]).status, 0)
  const env = { PATH: process.env['PATH'] ?? '', HOME: root, LOCKSTEP_PASSWORD_FILE: fifo, CANARY: value }
  const script = 'ulimit -c unlimited; exec "$@"'
  const child = spawn('bash', ['-c', script, 'bash', ...program, 'get', 'AWS_KEY'], { cwd: root, env })
  const deadline = performance.now() + 10_000
  while (!hasOpen(child.pid ?? 0, fifo) && performance.now() < deadline) await sleep(20)
  return { root, child, answer: () => void spawn('sh', ['-c', `echo '${testPassword}' > fifo`], { cwd: root }) }
}

const hasOpen = (pid: number, path: string): boolean =>
  spawnSync('sh', ['-c', `ls -l /proc/${pid}/fd 2>/dev/null | grep -qF '${path}'`]).status === 0

const listeners = (pid: number): string =>
  spawnSync('sh', ['-c', `ls -l /proc/${pid}/fd | grep -c socket:`])
    .stdout.toString()
    .trim()

/** Signals and a core dump of the real program, started as `program`. */
export const testUnsteered = (program: readonly string[]): void => {
  test('SIGUSR1 and SIGUSR2 change nothing: no debugger, no report', async (t) => {
    const { root, child, answer } = await waiting(t, program, 'value')
    const before = [listeners(child.pid ?? 0), readdirSync(root)]
    let shown = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (shown += part.toString()))
    for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGUSR1'] as const) child.kill(signal)
    await sleep(150)
    assert.deepEqual([listeners(child.pid ?? 0), readdirSync(root)], before)
    answer()
    const [status] = await once(child, 'close')
    assert.deepEqual({ status, shown }, { status: 0, shown: 'value\n' })
  })

  test('a core dump holds none of its memory', async (t) => {
    const canary = newCanary()
    const { root, child } = await waiting(t, program, canary)
    child.kill('SIGABRT')
    await once(child, 'close')
    assert.equal(child.signalCode, 'SIGABRT')
    for (const name of readdirSync(root).filter((each) => each.startsWith('core'))) {
      assert.deepEqual(sightingsIn(name, readFileSync(join(root, name)), [canary]), [])
    }
  })
}
