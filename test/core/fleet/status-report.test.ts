import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runningWatch, watchFacts } from '../../support/watch.ts'
import type { WatchFacts } from '../../../src/core/watch/watch-facts.ts'
import { refusedPlan } from '../../../src/core/fleet/delivery-plan.ts'
import type { PlanProblem } from '../../../src/core/fleet/delivery-plan.ts'
import type { ContainerStatus, HostStatus, WatchStatus } from '../../../src/core/fleet/status-report.ts'
import { hostInStep, hostStatus, watchStatus } from '../../../src/core/fleet/status-report.ts'

const container = (state: ContainerStatus['state']): ContainerStatus => ({
  container: 'api',
  runs: 2,
  proof: 'mounted',
  state,
  note: null,
})

test('a host is in step with its generation in force and its containers up', () => {
  const rows: readonly (readonly [HostStatus['state'], readonly ContainerStatus['state'][], boolean])[] = [
    ['in step', [], true],
    ['in step', ['ready', 'waiting'], true],
    ['in step', ['ready', 'stopped'], false],
    ['in step', ['missing'], false],
    ['in step', ['degraded'], false],
    ['in step', ['starting'], false],
    ['behind', ['ready'], false],
    ['not set up', [], false],
    ['problem', [], false],
    ['unreachable', [], false],
  ]
  for (const [state, containers, isInStep] of rows) {
    assert.equal(
      hostInStep({ state, containers: containers.map(container), watch: null }),
      isInStep,
      `${state} ${containers}`,
    )
  }
})

test('a watch that was brought and does not run keeps a host from being in step', () => {
  const facts = watchFacts()
  const running = watchFacts({ running: runningWatch() })
  const rows: readonly (readonly [WatchFacts | null, boolean, WatchStatus['state'] | null])[] = [
    [null, true, null],
    [facts, false, null],
    [facts, true, 'stopped'],
    [watchFacts({ agent: 'a0' }), false, 'stopped'],
    [running, true, 'runs'],
    [running, false, 'runs'],
  ]
  for (const [asked, brought, state] of rows) {
    const watch = watchStatus(asked, brought)
    assert.equal(watch?.state ?? null, state)
    assert.equal(hostInStep({ state: 'in step', containers: [], watch }), state !== 'stopped')
  }
  assert.deepEqual(watchStatus(running, true), {
    state: 'runs',
    via: 'fanotify',
    since: '2026-01-01T00:00:00Z',
    seq: 9,
  })
})

test('only a host that waits for its first setup is not set up: other conflicts are problems', () => {
  const waits = { code: 'CONFLICT', message: 'is not set up yet', hint: null } as const
  const state = (problem: PlanProblem): HostStatus['state'] =>
    hostStatus(refusedPlan('host1', { current: null }, problem), { rung: 'host', containers: [], watch: null }).state
  assert.equal(state({ ...waits, isNew: true }), 'not set up')
  assert.equal(state({ ...waits, message: '/opt/shop belongs to other (production)' }), 'problem')
  assert.equal(state({ ...waits, message: '/opt/shop holds secrets that lockstep did not write' }), 'problem')
})
