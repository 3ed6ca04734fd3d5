import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerStatus, HostStatus } from '../../../src/core/fleet/status-report.ts'
import { hostInStep } from '../../../src/core/fleet/status-report.ts'

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
