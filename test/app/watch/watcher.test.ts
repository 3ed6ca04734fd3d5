import assert from 'node:assert/strict'
import { test } from 'node:test'
import { starterOf } from '../../../src/core/watch/starter.ts'
import { sha256 } from '../../../src/crypto/derive.ts'
import {
  deliverTo,
  enrolled,
  four,
  memoryFleet,
  outcomes,
  shopWithOneSecret as project,
} from '../../support/hosts-in-memory.ts'
import { runningWatch, watchFacts } from '../../support/watch.ts'

const watch = { wanted: true, forget: false }
const setup = { mode: 'setup', watch, hosts: 'host1' } as const

const isWatch = (call: string): boolean => call.endsWith(' watch')

test('the watch is brought while the run holds the host, and only where it was asked for', async (t) => {
  const own = await project(t)
  const fleet = memoryFleet(four((host) => ({ ...enrolled(host), watch: watchFacts() })))
  assert.deepEqual(outcomes(await deliverTo(fleet, own, setup)), ['host1 delivered'])
  const calls = fleet.calls.filter((call) => call.startsWith('host1'))
  assert.deepEqual(calls.map((call) => call.slice(6)).slice(0, 2), ['stage', 'watch'])
  assert.equal(fleet.calls.filter(isWatch).length, 1)
})

test('with --check nothing is called', async (t) => {
  const fleet = memoryFleet(four((host) => ({ ...enrolled(host), watch: watchFacts() })))
  const report = await deliverTo(fleet, await project(t), { ...setup, check: true })
  assert.deepEqual(outcomes(report), ['host1 planned'])
  assert.deepEqual(fleet.calls, [])
})

test('a watch that is there and known is left alone; one that the ledger does not know is brought', async (t) => {
  const own = await project(t)
  const agent = sha256(await own.ports.assets.watchAgent())
  const input = { project: 'shop', environment: 'production', directory: '/opt/shop', interpreter: '/usr/bin/python3' }
  const starter = { kind: 'cron', sha256: sha256(starterOf('cron', input).text) } as const
  const whole = watchFacts({ agent, starter, running: runningWatch({ sha256: agent }) })
  const fleet = memoryFleet(four((host) => ({ ...enrolled(host), watch: whole })))
  await deliverTo(fleet, own, setup)
  assert.equal(fleet.calls.filter(isWatch).length, 1)
  assert.deepEqual(outcomes(await deliverTo(fleet, own, setup)), ['host1 kept'])
  assert.equal(fleet.calls.filter(isWatch).length, 1)
})

test('a host on which nothing would start it is refused, with what to do', async (t) => {
  const fleet = memoryFleet(four((host) => ({ ...enrolled(host), watch: watchFacts({ init: null }) })))
  const { hosts } = await deliverTo(fleet, await project(t), setup)
  assert.match(hosts[0]?.problem?.message ?? '', /neither systemd nor/)
  assert.match(hosts[0]?.problem?.hint ?? '', /install cron/)
  assert.deepEqual(fleet.calls.filter(isWatch), [])
})

test('a delivery that says nothing of the watch leaves it as it is', async (t) => {
  const fleet = memoryFleet(four((host) => ({ ...enrolled(host), watch: watchFacts({ agent: 'b1' }) })))
  await deliverTo(fleet, await project(t), { mode: 'setup' })
  assert.deepEqual(fleet.calls.filter(isWatch), [])
})
