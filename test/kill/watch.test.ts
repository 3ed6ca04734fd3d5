/** The watch, brought and taken away by a receiver that is killed at every system call by which it changes files. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, suite, test } from 'node:test'
import type { Operation } from '../../src/core/fleet/fleet.ts'
import { readWatchAgent } from '../../src/fleet/watch-agent.ts'
import { files } from '../../src/io/files.ts'
import { type Call, onHost, record, type Step } from './host-call.ts'
import { distinct, eachOf } from './trace.ts'

const place = mkdtempSync(join(tmpdir(), 'lockstep-watch-'))
const agents = (): string => spawnSync('pgrep', ['-f', `${place}.*/watch/`], { encoding: 'utf8' }).stdout
after(() => {
  for (const pid of agents().split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL')
  rmSync(place, { recursive: true })
})

const agent = await readWatchAgent(files, resolve(import.meta.dirname, '../../ansible'))
const sha256 = createHash('sha256').update(agent).digest('hex')
const identity = { project: 'shop', environment: 'production', host: 'onode1', id: '1'.repeat(32) }

const base = (op: Operation['op'], at: string, run: number): Operation => ({
  op,
  directory: join(at, 'opt'),
  identity,
  run: nameOf(run),
  revision: run + 1,
  lease: { holder: `run ${run}`, seconds: 600, over: nameOf(run - 1) },
})
const nameOf = (run: number): string => String(run).padStart(32, '0')

const call = (at: string, operation: Operation, blobs: readonly Uint8Array[] = []): Call => ({
  operation,
  blobs,
  cron: join(at, 'cron.d'),
})
const name = 'lockstep-shop-WATCH'
const install = (at: string, run: number): Call => {
  const header = { want: 'install', name, starter: 'cron', text: '* * * * * root true\n', sha256 }
  return call(at, { ...base('watch', at, run), ...header }, [agent])
}
const remove = (at: string, run: number): Call =>
  call(at, { ...base('watch', at, run), want: 'remove', name, forget: true })

/** What every run begins with: it takes the host, and sweeps what a dead one left. */
const hold = (at: string, run: number): Call =>
  call(at, { ...base('stage', at, run), generation: { number: run, id: nameOf(run) }, files: [], keep: [] })

const accepted = async (one: Call): Promise<void> => {
  const { ok, refused } = await onHost(one)
  assert.ok(ok !== undefined, `refused: ${JSON.stringify(refused)}`)
}

/** Paths and modes of what there is of the watch. */
const found = (at: string): readonly string[] =>
  ['opt/watch', 'cron.d']
    .filter((folder) => statSync(join(at, folder), { throwIfNoEntry: false }) !== undefined)
    .flatMap((folder) =>
      ['', ...readdirSync(join(at, folder), { recursive: true, encoding: 'utf8' }).sort()].map(
        (path) => `${(statSync(join(at, folder, path)).mode & 0o777).toString(8)} ${join(folder, path)}`,
      ),
    )

const whole = [
  '700 opt/watch',
  '700 opt/watch/agent.py',
  '600 opt/watch/events.jsonl',
  '600 opt/watch/lock',
  '700 opt/watch/socket',
  '755 cron.d',
  `644 cron.d/${name}`,
]

let count = 0
const begun = async (from?: string): Promise<string> => {
  const at = join(place, String(++count))
  if (from !== undefined) {
    cpSync(from, at, { recursive: true })
    return at
  }
  mkdirSync(join(at, 'opt'), { recursive: true, mode: 0o700 })
  mkdirSync(join(at, 'cron.d'), { mode: 0o755 })
  await accepted(call(at, base('enrol', at, 0)))
  await accepted(hold(at, 1))
  return at
}

const killed = async (one: Call, { call: name, count: when, shown }: Step): Promise<void> => {
  const inject = `inject=${name}:signal=KILL:when=${when}`
  const { signal } = await onHost(one, ['-o', '/dev/null', '-e', `trace=${name}`, '-e', inject])
  assert.equal(signal, 'SIGKILL', shown)
}

const isWhole = (at: string, shown: string): void => {
  assert.deepEqual(found(at), whole, shown)
  assert.equal(readFileSync(join(at, 'opt/watch/agent.py'), 'utf8'), new TextDecoder().decode(agent), shown)
}

const isGone = (at: string, shown: string): void => {
  assert.deepEqual(found(at), ['755 cron.d'], shown)
  assert.equal(spawnSync('pgrep', ['-f', `${at}/opt/watch/`]).status, 1, shown)
}

/** Those after which something else is there than before: not the host's guard, which is held, nor a mode that was asked for. */
const telling = (steps: readonly Step[]): readonly Step[] =>
  distinct(steps).filter(({ call: one, shown }) => one !== 'fchmod' && !shown.includes('"guard"'))

suite('the watch, by a receiver that is killed', { concurrency: false, skip: process.getuid?.() !== 0 }, async () => {
  const start = await begun()

  test('while it is brought: the next run brings it whole, or takes all of it away, by turns', async () => {
    const undisturbed = await begun(start)
    const steps = telling(await record(install(undisturbed, 1), join(place, 'install.log')))
    isWhole(undisturbed, 'undisturbed')
    await accepted(remove(undisturbed, 1))
    isGone(undisturbed, 'undisturbed')
    assert.ok(steps.length > 8, String(steps.length))
    await eachOf(steps, async (step, index) => {
      const at = await begun(start)
      await killed(install(at, 1), step)
      await accepted(hold(at, 2))
      if (index % 2 === 0) await accepted(install(at, 2))
      if (index % 2 === 0) isWhole(at, step.shown)
      await accepted(remove(at, 2))
      isGone(at, step.shown)
    })
  })

  test('while it is taken away: the next run takes all of it away', async () => {
    const undisturbed = await begun(start)
    await accepted(install(undisturbed, 1))
    const steps = telling(await record(remove(undisturbed, 1), join(place, 'remove.log')))
    assert.ok(steps.length > 5, String(steps.length))
    await eachOf(steps, async (step) => {
      const at = await begun(start)
      await accepted(install(at, 1))
      await killed(remove(at, 1), step)
      await accepted(hold(at, 2))
      await accepted(remove(at, 2))
      isGone(at, step.shown)
    })
  })
})
