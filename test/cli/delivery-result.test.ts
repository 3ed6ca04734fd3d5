import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterSetup, deliveryResult } from '../../src/cli/delivery-result.ts'
import type { DeliveryReport, HostOutcome } from '../../src/core/fleet/delivery-report.ts'

const outcome = (host: string, given: Partial<HostOutcome> = {}): HostOutcome => ({
  host,
  state: 'kept',
  from: 1,
  to: 1,
  reason: null,
  changes: [],
  containers: [],
  problem: null,
  ...given,
})

const notSetUp = (host: string): HostOutcome =>
  outcome(host, {
    state: 'refused',
    problem: { code: 'CONFLICT', message: 'is not set up yet', hint: `lockstep setup --hosts ${host}` },
  })

const lost = (host: string): HostOutcome =>
  outcome(host, {
    state: 'unreachable',
    problem: {
      code: 'UNAVAILABLE',
      message: 'no route to host',
      hint: `when it is back: lockstep deploy --hosts ${host}`,
    },
  })

const report = (hosts: readonly HostOutcome[], given: Partial<DeliveryReport> = {}): DeliveryReport => ({
  plan: 'ace2d863',
  environment: 'production',
  revision: 3,
  isCheck: false,
  hosts,
  unrecorded: [],
  notes: [],
  ...given,
})

const said = (found: DeliveryReport, only?: string): { readonly lines: readonly string[]; readonly next?: string } => {
  const { text, next } = deliveryResult(found, {
    done: () => 'lockstep status',
    planned: (plan) => `lockstep deploy --expect ${plan}`,
    only,
  })
  return { lines: String(text).split('\n'), ...(next === undefined ? {} : { next }) }
}

test('the same problem on several hosts is said once, with one command', () => {
  const all = [notSetUp('host1'), notSetUp('host2')]
  const { lines, next } = said(report(all))
  assert.deepEqual(lines.slice(4), ['host1, host2: is not set up yet'])
  assert.equal(next, 'lockstep setup')
  assert.equal(said(report(all), 'host*').next, 'lockstep setup --hosts host1,host2')
  assert.equal(said(report([outcome('host0'), ...all])).next, 'lockstep setup --hosts host1,host2')
})

test('different problems keep their hints, and nothing is next', () => {
  const { lines, next } = said(report([notSetUp('host1'), lost('host2'), lost('host3')]))
  assert.equal(next, undefined)
  assert.deepEqual(lines.slice(5), [
    'host1: is not set up yet',
    '  hint: lockstep setup --hosts host1',
    'host2, host3: no route to host',
    '  hint: when it is back: lockstep deploy --hosts host2,host3',
  ])
})

test('the heading names a plan only where there is one', () => {
  const rows: readonly (readonly [DeliveryReport, string])[] = [
    [report([outcome('host1')]), 'production  plan ace2d863  revision 3  all 1 host in step, nothing changed'],
    [report([lost('host1')], { plan: '', revision: 0 }), 'production  0 of 1 host changed'],
    [report([outcome('host1', { state: 'planned' })], { isCheck: true }), 'production  plan ace2d863  nothing written'],
  ]
  for (const [found, heading] of rows) assert.equal(said(found).lines[0], heading)
})

test('what comes next where all went well', () => {
  assert.equal(said(report([outcome('host1')])).next, 'lockstep status')
  assert.equal(said(report([outcome('host1')], { isCheck: true })).next, undefined)
  const planned = report([outcome('host1', { state: 'planned' })], { isCheck: true })
  assert.equal(said(planned).next, 'lockstep deploy --expect ace2d863')
})

test('after setup: a delivery where there was a first one, else a look', () => {
  const rows: readonly (readonly [readonly HostOutcome['state'][], boolean, string])[] = [
    [['delivered', 'kept'], false, 'lockstep deploy'],
    [['kept', 'delivered'], true, 'lockstep deploy'],
    [['tidied', 'kept'], true, 'lockstep watch'],
    [['kept'], true, 'lockstep watch'],
    [['tidied'], false, 'lockstep status'],
    [['kept', 'kept'], false, 'lockstep status'],
  ]
  for (const [states, watch, next] of rows)
    assert.equal(afterSetup({ hosts: states.map((state, i) => outcome(`host${i}`, { state })) }, { watch }), next)
})

test('to bring the watch tidies nothing up', () => {
  const brought = outcome('host1', { state: 'tidied', reason: 'the watch is brought' })
  const left = outcome('host2', { state: 'tidied', reason: 'an older generation is still there' })
  const { lines } = said(report([brought, left]))
  assert.match(lines[2] ?? '', /^host1 .* the watch is brought +- +done$/)
  assert.match(lines[3] ?? '', /^host2 .* tidied$/)
})
