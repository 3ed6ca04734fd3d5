/** ansible/plugins/module_utils/receiver/output.py, with an engine that says what it is told to. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test, type TestContext } from 'node:test'
import { toldByContainers, type ToldByContainer } from '../../src/core/log/container-event.ts'
import type { Operation } from '../../src/core/fleet/fleet.ts'
import { readReceiver } from '../../src/fleet/receiver-parts.ts'
import { files } from '../../src/io/files.ts'
import { newCanary } from '../support/canary.ts'
import { temporary } from '../support/temporary.ts'

const receiver = await readReceiver(files, resolve(import.meta.dirname, '../../ansible'))
const canary = newCanary()
const id = 'c'.repeat(64)

const inspected = [
  {
    Id: id,
    Name: '/shop-api',
    Config: {
      Labels: { 'lockstep.project': 'shop', 'lockstep.environment': 'production', 'lockstep.container': 'api' },
    },
  },
]

const engine = `#!/bin/sh
case $1 in
ps) echo ${id} ;;
inspect) cat "$DATA/inspected" ;;
logs) shift; echo "$*" >> "$DATA/asked"; cat "$DATA/output"; test ! -e "$DATA/fails" ;;
esac
`

const stamp = (n: number): string => `2026-11-22T10:00:00.${String(n).padStart(9, '0')}Z`

const ready = { time: '2026-11-22T10:00:00.000Z', lockstep: 'ready', scope: 'container/api', missing: [], error: null }

interface Asked {
  readonly told: ToldByContainer
  readonly raw: string
  readonly asked: string
}

const ask = async (t: TestContext, lines: readonly string[], since: Record<string, string> = {}): Promise<Asked> => {
  const data = temporary(t, { docker: engine, inspected: JSON.stringify(inspected), output: lines.join('') })
  chmodSync(join(data, 'docker'), 0o755)
  const owner = { project: 'shop', environment: 'production' }
  const operation: Operation = { op: 'output', directory: '/opt/none', owner, since }
  writeFileSync(join(data, 'program.py'), receiver(operation))
  const frame = `${JSON.stringify({ ...operation, format: 1 })}\n`
  const env = { PATH: `${data}:/usr/bin:/bin`, DATA: data }
  const { stdout, stderr } = spawnSync('python3', ['-I', '-S', join(data, 'program.py')], {
    input: frame,
    env,
    encoding: 'utf8',
  })
  const answer = /^LOCKSTEP (.*)$/m.exec(stdout)?.[1] ?? assert.fail(stderr)
  const parsed: { readonly ok: unknown } = JSON.parse(answer)
  const [told = assert.fail(answer)] = toldByContainers(parsed.ok, 'answer').containers
  return { told, raw: answer, asked: readFileSync(join(data, 'asked'), 'utf8') }
}

const line = (n: number, text: string): string => `${stamp(n)} ${text}\n`

test('the library’s lines come through, and nothing else of the output', async (t) => {
  const imitations = [
    { ...ready, scope: `container/${canary}` },
    { ...ready, error: canary, time: canary },
    { ...ready, generation: { number: canary, id: canary }, extra: canary },
    { ...ready, lockstep: canary },
    { ...ready, missing: [`${canary}=`, { [canary]: canary }] },
    [canary, '"lockstep"'],
  ]
  const lines = [
    line(1, JSON.stringify({ ...ready, generation: { number: 4, id: 'x' } })),
    ...imitations.map((one, index) => line(2 + index, JSON.stringify(one))),
    line(20, `"lockstep" ${canary}`),
    line(21, `{"lockstep":"ready","x":"${canary.repeat(2000)}"}`),
    line(22, JSON.stringify({ ...ready, lockstep: 'degraded', missing: ['API_KEY'], error: 'NOT_FOUND' })),
  ]
  const { told, raw } = await ask(t, lines)
  assert.ok(!raw.includes(canary), raw)
  assert.equal(told.container, 'api')
  assert.deepEqual(told.events[0], {
    event: 'ready',
    stamp: stamp(1),
    time: ready.time,
    scope: 'container/api',
    generation: 4,
    missing: [],
    error: null,
  })
  assert.deepEqual(told.events.at(-1)?.missing, ['API_KEY'])
  assert.equal(told.events.length, 6)
  assert.equal(told.last, stamp(22))
  assert.ok(told.readable && !told.more)
})

test('it goes on behind the place it is told, and never holds more than it should', async (t) => {
  const lines = Array.from({ length: 700 }, (_, n) => line(n, JSON.stringify(ready)))
  const first = await ask(t, lines)
  assert.equal(first.told.events.length, 500)
  assert.ok(first.told.more)
  assert.equal(first.told.last, stamp(499))
  const next = await ask(t, lines.slice(499), { [id]: stamp(499) })
  assert.match(next.asked, new RegExp(`^--timestamps --since ${stamp(499)} ${id}$`, 'm'))
  assert.deepEqual(
    next.told.events.map((one) => one.stamp),
    lines.slice(500).map((_, n) => stamp(500 + n)),
  )
  assert.ok(!next.told.more)
})

test('output without a word of ours is passed over; none at all is no event', async (t) => {
  const noisy = await ask(t, [line(1, 'hello'), line(2, ''), 'no stamp'])
  assert.deepEqual([noisy.told.events, noisy.told.last], [[], stamp(2)])
  const { told } = await ask(t, [])
  assert.deepEqual([told.events, told.last, told.more], [[], null, false])
})
