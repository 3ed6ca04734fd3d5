/** One host's turn in a delivery, with a host that answers what the test says: what is asked of it, and what is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { switchAndProve, type SwitchInput, type SwitchOutcome } from '../../../src/app/fleet/switch-host.ts'
import { codes, fail } from '../../../src/core/errors.ts'
import type { Code } from '../../../src/core/errors.ts'
import type { Operation } from '../../../src/core/fleet/fleet.ts'
import type { Container } from '../../../src/core/manifest/manifest-container.ts'
import { container, containerFacts, target } from '../../support/container.ts'

type Answer = (operation: Operation) => object

interface Turn extends SwitchOutcome {
  /** `op name`, with what was asked for besides. */
  readonly calls: readonly string[]
  readonly steps: readonly string[]
}

const isCode = (code: string): code is Code => Object.hasOwn(codes, code)

const worker = container({ name: 'worker' })

const turn = async (
  answer: Answer,
  given: Partial<SwitchInput> = {},
  action: 'recreate' | 'refresh' = 'recreate',
): Promise<Turn> => {
  const [calls, steps]: [string[], string[]] = [[], []]
  const identity = { project: 'shop', environment: 'production', host: 'host1', id: '1' }
  const planned = (one: Container) => ({ container: one, name: `shop-${one.name}`, action, why: 'its secrets changed' })
  const outcome = await switchAndProve({
    host: {
      name: 'host1',
      batch: ['host1'],
      check: false,
      call: (operation) => {
        const words = ['prepare', 'failed', 'succeeded'].filter((word) => operation[word] === true)
        calls.push([operation.op, operation['container'], operation['keep'], ...words].flat().filter(Boolean).join(' '))
        return Promise.resolve().then(() => answer(operation))
      },
    },
    target: { directory: '/opt/shop', identity, run: 'r', revision: 9 },
    plan: {
      host: 'host1',
      action: 'deliver',
      from: 6,
      to: 7,
      isStaged: false,
      installs: false,
      reason: null,
      changes: [],
      containers: [planned(container()), planned(worker)],
      problem: null,
    },
    units: {},
    generation: { number: 7, id: 'abc' },
    before: { number: 6, id: 'old' },
    there: [5, 6],
    keep: [6, 7],
    rollout: { atOnce: 1, healthWithin: 1000, proof: 'mounted' },
    replaceFiles: false,
    release: true,
    engine: 'docker',
    containerTarget: () => target,
    onStep: (what) => steps.push(what),
    ...given,
  })
  return { ...outcome, calls, steps }
}

const ready = (name: string): object => ({
  started: true,
  ready: true,
  containers: [
    containerFacts({
      mounts: [{ source: `/opt/shop/generations/7/containers/${name}/secrets`, destination: '/app/secrets' }],
    }),
  ],
})

/** Ready, but for what this says of one of its operations. */
const but =
  (name: string, op: Operation['op'], said: (prepare: boolean) => object | null): Answer =>
  (operation) => {
    const prepare = operation['prepare'] === true
    const own = operation['container'] === name && operation.op === op ? said(prepare) : null
    if (own !== null) return own
    if (operation.op === 'replace') return prepare ? { started: false } : ready(String(operation['container']))
    return operation.op === 'prune'
      ? { before: null, removed: [7] }
      : { restored: true, kept: operation['failed'] === true }
  }

const prepared = ['replace api prepare', 'replace worker prepare']

test('images are seen to first; when all is well, what failed before is forgotten', async () => {
  const { ok, calls, containers } = await turn(but('', 'replace', () => null))
  assert.equal(ok, true)
  assert.deepEqual(
    containers.map((one) => [one.container, one.action, one.proof?.state]),
    [
      ['api', 'recreate', 'ready'],
      ['worker', 'recreate', 'ready'],
    ],
  )
  const settled = ['settle api new', 'settle worker new', 'prune 6 7 succeeded']
  assert.deepEqual(calls, [...prepared, 'switch', 'replace api', 'replace worker', ...settled])
})

test('an image that cannot be had: nothing is switched, and all stays as it was', async () => {
  const refuse = (): never => {
    throw fail('UNAVAILABLE', 'its image cannot be had: no such host', { at: 'host1' })
  }
  for (const [given, keep] of [
    [{}, 'prune 5 6'],
    [{ before: null, there: [] }, 'prune'],
  ] as const) {
    const done = await turn(
      but('worker', 'replace', (prepare) => (prepare ? refuse() : null)),
      given,
    )
    assert.deepEqual(done.calls, [...prepared, keep])
    assert.deepEqual(done.steps, ['sees to the image of api', 'sees to the image of worker'])
    assert.deepEqual(
      done.containers.map((one) => [one.action, one.proof]),
      [
        ['keep', null],
        ['keep', null],
      ],
    )
    assert.deepEqual(done.removed, [7])
    assert.equal(done.problem?.message, 'worker: its image cannot be had: no such host; nothing was touched')
    assert.match(done.problem?.hint ?? '', /^on host1: docker pull shop\/api:1, or docker load/)
  }
})

test('the one that fails is kept for its log, and what goes back with it is not', async () => {
  const ended = { started: true, ready: false, reason: 'it ended with exit status 3', containers: [] }
  const { ok, calls, problem } = await turn(but('worker', 'replace', (prepare) => (prepare ? null : ended)))
  assert.equal(ok, false)
  assert.deepEqual(calls.slice(5), ['settle worker old failed', 'settle api old', 'switch', 'prune 6'])
  assert.equal(problem?.message, 'worker: it ended with exit status 3; put back on generation 6')
  assert.equal(problem?.hint, 'docker logs shop-worker-failed on host1')
})

test('one that never started has no log to name', async () => {
  const refused = { started: false, reason: 'port is already allocated' }
  const { calls, problem } = await turn(
    but('worker', 'replace', (prepare) => (prepare ? null : refused)),
    { before: null },
  )
  assert.deepEqual(calls.slice(5), ['settle worker old', 'settle api old', 'prune 7'])
  assert.equal(problem?.message, 'worker: port is already allocated; nothing to go back to')
  assert.equal(problem?.hint, 'mend that on host1, then run this again')
})

test('one that could not be told runs still, under its own name', async () => {
  const untold = { started: false, reason: 'it could not be told' }
  const { calls, problem } = await turn(
    but('api', 'replace', () => untold),
    {},
    'refresh',
  )
  assert.deepEqual(calls, ['switch', 'replace api', 'settle api old', 'switch', 'prune 6'])
  assert.equal(problem?.hint, 'docker logs shop-api on host1')
})

test('whatever a host says of a replacement, it goes back; a lost lease leaves what another run does alone', async () => {
  for (const code of Object.keys(codes).filter(isCode)) {
    const refuse = (): never => {
      throw fail(code, 'no', { at: 'host1' })
    }
    const { ok, calls, problem } = await turn(but('worker', 'replace', (prepare) => (prepare ? null : refuse())))
    assert.equal(ok, false, code)
    const isLost = code === 'CONFLICT'
    assert.deepEqual(calls.slice(5), isLost ? [] : ['settle worker old', 'settle api old', 'switch', 'prune 6'], code)
    assert.equal(problem?.code, isLost ? 'CONFLICT' : 'PARTIAL')
  }
})

test('whatever a host says to the switch is its outcome', async () => {
  for (const code of Object.keys(codes).filter(isCode)) {
    const { ok, problem } = await turn((operation) => {
      if (operation.op === 'switch') throw fail(code, 'no', { at: 'host1' })
      return but('', 'replace', () => null)(operation)
    })
    assert.deepEqual([ok, problem?.code], [false, code])
  }
})

test('our own mistake is not taken for the host’s', async () => {
  const broken = (): never => {
    throw new TypeError('ours')
  }
  await assert.rejects(turn(but('worker', 'replace', (prepare) => (prepare ? null : broken()))), TypeError)
})

test('old generations that cannot be removed are a note: what is proved is in force', async () => {
  for (const code of Object.keys(codes).filter(isCode)) {
    const { ok, problem, note, containers } = await turn((operation) => {
      if (operation.op === 'prune') throw fail(code, 'the disk fails', { at: 'host1' })
      return but('', 'replace', () => null)(operation)
    })
    assert.deepEqual(
      containers.map((one) => one.proof?.state),
      ['ready', 'ready'],
    )
    if (code === 'CONFLICT') assert.deepEqual([ok, problem?.code, note], [false, code, null])
    else
      assert.deepEqual(
        [ok, problem, note],
        [true, null, 'old generations stay until the next delivery: the disk fails'],
      )
  }
})
