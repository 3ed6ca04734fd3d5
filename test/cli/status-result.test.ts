import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusReport } from '../support/status-report.ts'
import { statusResult } from '../../src/cli/status-result.ts'
import type { HostStatus, StatusReport } from '../../src/core/fleet/status-report.ts'

const host = (given: Partial<HostStatus> = {}): HostStatus => ({
  host: 'host1',
  rung: 'host',
  state: 'in step',
  generation: 2,
  next: null,
  reason: null,
  containers: [],
  problem: null,
  watch: null,
  ...given,
})

const report = (given: Partial<StatusReport> = {}): StatusReport =>
  statusReport({ revision: 2, hosts: [host()], ...given })

test('what is not in step ends with PARTIAL', () => {
  assert.equal(statusResult(report()).exit, undefined)
  assert.equal(statusResult(report({ isInStep: false })).exit, 'PARTIAL')
  const behind = statusResult(report({ hosts: [host({ state: 'behind', next: 3 })], isInStep: false }))
  assert.equal(behind.next, 'lockstep deploy')
})

test('a rotation that is half-done comes before a delivery', () => {
  const half = { id: '12345678', since: 0, by: 'me@here (pid 1)' }
  const rotations = { half, waiting: [], failed: [], ended: null }
  const hosts = [host({ state: 'behind', next: 3 })]
  assert.equal(statusResult(report({ rotations, hosts, isInStep: false })).next, 'lockstep rotate --resume')
  const over = { ...rotations, half: null }
  assert.equal(statusResult(report({ rotations: over, hosts, isInStep: false })).next, 'lockstep deploy')
})

test('a watch that does not run is in the first line, and what to type is next, after what is worse', () => {
  const watch = { state: 'stopped', via: null, since: null, seq: 9 } as const
  const hosts = [host({ watch: { ...watch, state: 'runs', via: 'fanotify' } }), host({ host: 'host2', watch })]
  const { text, next, exit } = statusResult(report({ hosts, isInStep: false }))
  assert.match(String(text), /^production {2}2 hosts: 2 in step; watch stopped on 1$/m)
  assert.equal(exit, 'PARTIAL')
  assert.equal(next, 'lockstep setup --watch --hosts host2')
  const behind = statusResult(report({ hosts: [host({ watch, state: 'behind', next: 3 })], isInStep: false }))
  assert.equal(behind.next, 'lockstep deploy')
})

test('hosts with the same problem are named together', () => {
  const fresh = (name: string): HostStatus =>
    host({
      host: name,
      state: 'not set up',
      problem: { code: 'CONFLICT', message: 'is not set up yet', hint: `lockstep setup --hosts ${name}` },
    })
  const { text, next } = statusResult(report({ hosts: [host(), fresh('host2'), fresh('host3')], isInStep: false }))
  assert.match(String(text), /^host2, host3: is not set up yet\n {2}hint: lockstep setup --hosts host2,host3$/m)
  assert.equal(next, 'lockstep setup --hosts host2,host3')
})
