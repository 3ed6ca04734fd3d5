import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusedPlan } from '../../../src/core/fleet/delivery-plan.ts'
import type { PlanProblem } from '../../../src/core/fleet/delivery-plan.ts'
import type { ContainerStatus, HostStatus } from '../../../src/core/fleet/status-report.ts'
import { hostInStep, hostStatus } from '../../../src/core/fleet/status-report.ts'

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
    assert.equal(hostInStep({ state, containers: containers.map(container) }), isInStep, `${state} ${containers}`)
  }
})

test('only a host that waits for its first setup is not set up: other conflicts are problems', () => {
  const waits = { code: 'CONFLICT', message: 'is not set up yet', hint: null } as const
  const state = (problem: PlanProblem): HostStatus['state'] =>
    hostStatus(refusedPlan('host1', { current: null }, problem), 'host', []).state
  assert.equal(state({ ...waits, isNew: true }), 'not set up')
  assert.equal(state({ ...waits, message: '/opt/shop belongs to other (production)' }), 'problem')
  assert.equal(state({ ...waits, message: '/opt/shop holds secrets that lockstep did not write' }), 'problem')
})
