import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withinTime } from '../../../src/app/fleet/time-limit.ts'
import type { CallOptions, HostChannel } from '../../../src/core/fleet/fleet.ts'
import { refusal } from '../../support/refusal.ts'

test('a host that answers each call just in time is not asked for ever', async () => {
  let now = 0
  const asked: (number | undefined)[] = []
  const slow: HostChannel = {
    name: 'onode1',
    batch: ['onode1'],
    check: false,
    call: async (_, { timeout = 0 }: CallOptions = {}) => {
      asked.push(timeout)
      now += timeout - 1
      return {}
    },
  }
  const channel = withinTime(slow, { now: () => now })
  const ask = (timeout?: number): Promise<unknown> =>
    channel.call({ op: 'output', directory: '/opt/shop' }, timeout === undefined ? {} : { timeout })
  for (let turn = 0; turn < 5; turn++) await ask(120_000)
  assert.deepEqual(asked, [120_000, 120_000, 120_000, 120_000, 120_000])
  await ask()
  assert.equal(asked.at(-1), 5, 'no longer than what is left')
  now++
  const error = await refusal('UNAVAILABLE', ask())
  assert.equal(error.message, 'has not answered all it was asked within 10m')
  assert.equal(asked.length, 6)
})
