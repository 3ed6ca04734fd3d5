import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conduct } from '../../../src/app/fleet/conduct.ts'
import type { Delivery } from '../../../src/app/fleet/deliver.ts'
import type { HostChannel, Phase, PhaseResult } from '../../../src/core/fleet/fleet.ts'
import { refusal } from '../../support/refusal.ts'

/** Deliveries that only note what they are asked; `a` and `b` are wanted, `other` is not. */
const start = (
  log: string[],
): { phase(host: string, phase: Phase, batch?: readonly string[]): Promise<PhaseResult> } => {
  let count = 0
  const script = conduct(async (): Promise<Delivery> => {
    const number = ++count
    return {
      patterns: [],
      written: () => null,
      report: () => assert.fail('nobody reads the report of a playbook'),
      script: {
        begin: () => ['a', 'b'],
        gone: () => undefined,
        phase: async (host, phase) => {
          log.push(`${number} ${host.name} ${phase}`)
          return { changed: true }
        },
      },
    }
  })
  script.begin({ hosts: { a: host, b: host, other: host }, groups: [], patterns: {} })
  return { phase: (name, phase, batch = ['a', 'b']) => script.phase(channel(name, batch), phase) }
}

const host = { groups: [], variables: {} }

const channel = (name: string, batch: readonly string[]): HostChannel => ({
  name,
  batch,
  check: false,
  call: () => assert.fail('only a delivery calls'),
})

test('the hosts of a batch share a delivery, whatever their order', async () => {
  const log: string[] = []
  const { phase } = start(log)
  await Promise.all([phase('a', 'inspect'), phase('b', 'inspect', ['b', 'a'])])
  await phase('b', 'stage')
  await phase('a', 'stage')
  assert.deepEqual(log, ['1 a inspect', '1 b inspect', '1 b stage', '1 a stage'])
})

test('each batch is a delivery of its own, and so is one that begins anew', async () => {
  const log: string[] = []
  const { phase } = start(log)
  for (const one of ['a', 'b', 'a']) {
    for (const step of ['inspect', 'stage', 'switch', 'record'] as const) await phase(one, step, [one])
  }
  assert.deepEqual(
    log.filter((line) => line.endsWith('stage')),
    ['1 a stage', '2 b stage', '3 a stage'],
  )
})

test('a host that comes after the others have gone on is refused until they are done', async () => {
  const log: string[] = []
  const { phase } = start(log)
  await phase('a', 'inspect')
  await phase('a', 'stage')
  assert.match((await refusal('CONFIG', phase('b', 'inspect'))).message, /do not come together/)
  await phase('a', 'record')
  await phase('b', 'inspect')
  assert.equal(log.at(-1), '2 b inspect')
})

test('a host that nothing is meant for is left alone', async () => {
  const log: string[] = []
  const { phase } = start(log)
  assert.deepEqual(await phase('other', 'inspect', ['other']), { changed: false })
  assert.deepEqual(log, [])
})

test('steps out of order, and the task of lockstep deploy, are refused', async () => {
  const { phase } = start([])
  assert.match((await refusal('USAGE', phase('a', 'stage'))).message, /not looked at before/)
  assert.match((await refusal('USAGE', phase('a', 'all'))).message, /belongs to `lockstep deploy`/)
})
