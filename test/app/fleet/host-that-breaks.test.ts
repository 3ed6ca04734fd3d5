/** Whatever goes wrong on one host ends that host; nobody waits for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codes, fail } from '../../../src/core/errors.ts'
import type { Code } from '../../../src/core/errors.ts'
import { deliverTo, enrolled, four, memoryFleet, outcomes, shopWithOneSecret } from '../../support/hosts-in-memory.ts'

const fleetWhere = (broken: string, error: () => Error) => {
  const fleet = memoryFleet(four(enrolled))
  fleet.onInspect = (host) => {
    if (host === broken) throw error()
  }
  return fleet
}

const isCode = (code: string): code is Code => Object.hasOwn(codes, code)

for (const code of Object.keys(codes).filter(isCode)) {
  test(`a host that answers ${code} when it is looked at holds up nobody`, async (t) => {
    const fleet = fleetWhere('host4', () => fail(code, 'no', { at: 'host4' }))
    const report = await deliverTo(fleet, await shopWithOneSecret(t))
    const state = code === 'UNAVAILABLE' ? 'unreachable' : 'refused'
    assert.deepEqual(outcomes(report), ['host1 delivered', 'host2 delivered', 'host3 delivered', `host4 ${state}`])
    assert.equal(report.hosts[3]?.problem?.code, code)
  })
}

test('nor does one at which we break ourselves; that is said all the same', async (t) => {
  const fleet = fleetWhere('host4', () => new RangeError('Maximum call stack size exceeded'))
  await assert.rejects(deliverTo(fleet, await shopWithOneSecret(t)), RangeError)
  const reached = fleet.calls.map((call) => call.split(' ')[0])
  assert.deepEqual([...new Set(reached)].toSorted(), ['host1', 'host2', 'host3'])
})
