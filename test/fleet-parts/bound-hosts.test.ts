/** src/fleet/bound-hosts.ts; test/fleet/connections.test.ts has the same with real hosts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Phase } from '../../src/core/fleet/fleet.ts'
import { boundHosts } from '../../src/fleet/bound-hosts.ts'
import type { BoundHosts, Connection } from '../../src/fleet/bound-hosts.ts'
import { refusal } from '../support/refusal.ts'

const usual: Connection = {
  transport: 'ssh',
  address: '10.0.0.1',
  port: '22',
  user: 'root',
  become: '',
  route: 'a',
}

interface Tried {
  readonly hosts: BoundHosts
  /** What was done, in order. */
  readonly done: string[]
  readonly lost: string[]
  step(phase: Phase, by?: Partial<Connection>, host?: string): Promise<void>
}

const start = (): Tried => {
  const [done, lost]: [string[], string[]] = [[], []]
  const hosts = boundHosts((host, reason) => lost.push(`${host}: ${reason}`))
  return {
    hosts,
    done,
    lost,
    step: (phase, by = {}, host = 'one') =>
      hosts.visit({ host, phase, connection: { ...usual, ...by } }, async () => void done.push(`${host} ${phase}`)),
  }
}

const orders: readonly (readonly Phase[])[] = [
  ['all'],
  ['inspect', 'stage', 'switch', 'record'],
  ['inspect', 'stage', 'record'],
  ['inspect', 'switch', 'record'],
  ['inspect', 'record', 'inspect', 'stage'],
  ['inspect', 'inspect', 'stage'],
]

for (const phases of orders) {
  test(`${phases.join(', ')}: as it should be`, async () => {
    const { step, done, lost } = start()
    for (const phase of phases) await step(phase)
    assert.deepEqual(
      done,
      phases.map((phase) => `one ${phase}`),
    )
    assert.deepEqual(lost, [])
  })
}

const disorders: readonly (readonly [before: readonly Phase[], then: Phase])[] = [
  [['inspect', 'stage'], 'stage'],
  [['inspect', 'switch'], 'stage'],
  [['inspect', 'record'], 'stage'],
  [['inspect', 'record'], 'switch'],
  [['inspect', 'stage', 'switch', 'record'], 'record'],
  [['all'], 'all'],
  [['all'], 'stage'],
]

for (const [before, then] of disorders) {
  test(`${then} after ${before.join(', ')} is refused before anything is done`, async () => {
    const { step, done } = start()
    for (const phase of before) await step(phase)
    const { message, at } = await refusal('CONFLICT', step(then))
    assert.match(message, /a second time, or after a later one/)
    assert.equal(at, 'one')
    assert.equal(done.length, before.length)
  })
}

const others: readonly (readonly [Partial<Connection>, RegExp])[] = [
  [{ address: '10.0.0.2' }, /at another address \(10\.0\.0\.2\) than when it was looked at \(10\.0\.0\.1\): nothing/],
  [{ port: '2222' }, /at another port \(2222\)/],
  [{ user: 'deploy' }, /as another user \(deploy\)/],
  [{ user: '' }, /as another user \(none\)/],
  [{ transport: 'local' }, /over another connection \(local\)/],
  [{ become: 'sudo root' }, /with another become \("sudo root"\)/],
  [{ route: 'b' }, /by another route than when it was looked at: nothing/],
  [{ address: 'a\u202eb\n; rm' }, /at another address \("a\\u202eb\\n; rm"\)/],
]

for (const phase of ['stage', 'switch', 'record'] as const) {
  for (const [change, words] of others) {
    test(`${phase} with another ${Object.keys(change).join()} is refused, and the host is lost`, async () => {
      const { step, done, lost } = start()
      await step('inspect')
      const { message, hint } = await refusal('CONFLICT', step(phase, change))
      assert.match(message, words)
      assert.match(hint ?? '', /in the inventory or in the play/)
      assert.deepEqual(done, ['one inspect'])
      assert.deepEqual(lost, [`one: ${message}`])
    })
  }
}

test('a new delivery may come by another way; what was refused does not become the new way', async () => {
  const { step } = start()
  await step('inspect')
  await refusal('CONFLICT', step('stage', { address: '10.0.0.2' }))
  await refusal('CONFLICT', step('stage', { address: '10.0.0.2' }))
  await step('stage')
  await step('inspect', { address: '10.0.0.2' })
  await refusal('CONFLICT', step('stage'))
})

test('hosts are held each to its own', async () => {
  const { step, done } = start()
  await step('inspect')
  await step('inspect', { address: '10.0.0.2' }, 'two')
  await refusal('CONFLICT', step('stage', { address: '10.0.0.2' }))
  await step('stage', { address: '10.0.0.2' }, 'two')
  assert.equal(done.at(-1), 'two stage')
})

test('a step without a look is refused', async () => {
  const { step, done } = start()
  for (const phase of ['stage', 'switch', 'record'] as const) await refusal('USAGE', step(phase))
  assert.deepEqual(done, [])
})

test('one conversation for a host at a time, also after one that failed', async () => {
  const { hosts, step } = start()
  const { promise, reject } = Promise.withResolvers<void>()
  const first = hosts.visit({ host: 'one', phase: 'inspect', connection: usual }, () => promise)
  for (const phase of ['inspect', 'stage'] as const) {
    assert.match((await refusal('CONFLICT', step(phase))).message, /another task delivers to this host/)
  }
  await step('inspect', {}, 'two')
  reject(new Error('the host went away'))
  await assert.rejects(first, /went away/)
  await step('stage')
})
