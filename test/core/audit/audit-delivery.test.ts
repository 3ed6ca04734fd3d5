import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditDelivery } from '../../../src/core/audit/audit-delivery.ts'
import type { HostPlan } from '../../../src/core/fleet/delivery-plan.ts'
import { container, hostFacts } from '../../support/container.ts'

const kept: HostPlan = {
  host: 'host1',
  action: 'keep',
  from: 7,
  to: 7,
  isStaged: false,
  installs: false,
  changes: [],
  containers: [{ container: container(), name: 'shop-api', action: 'keep', why: 'in step' }],
  problem: null,
  reason: null,
}

const audit = (plan: Partial<HostPlan>, there: string | null = 'ours', recorded: readonly string[] = ['ours']) =>
  auditDelivery({
    desired: {
      host: 'host1',
      directory: '/opt/shop',
      rung: 'host',
      scopes: [],
      containers: [container({ receive: 'files' })],
    },
    facts: hostFacts({
      executable: there,
      identity: { project: 'shop', environment: 'production', host: 'host1', id: 'f0' },
    }),
    ledger: {
      format: 1,
      project: 'shop',
      environment: 'production',
      revision: 8,
      hosts: { host1: { id: 'f0', current: 7, generations: [], executables: recorded } },
      deliveries: [],
    },
    plan: { ...kept, ...plan },
    isAtWork: false,
  }).map((one) => `${one.id} ${one.severity} ${one.path}: ${one.message}`)

test('an executable that is not the one delivered', () => {
  const at = 'EXECUTABLE-DIFFERS high /opt/shop/bin/lockstep'
  assert.deepEqual(audit({}), [])
  assert.deepEqual(audit({}, 'evil'), [`${at}: it is not the one that was delivered, and programs start through it`])
  assert.deepEqual(audit({}, null), [`${at}: it is gone, and programs start through it`])
})

test('a host that does not have what the project says', () => {
  const at = 'BEHIND low /opt/shop'
  const change = { secret: 'A', kind: 'changed', from: 1, to: 2 } as const
  const recreate = {
    container: container(),
    name: 'shop-api',
    action: 'recreate',
    why: 'its settings changed',
  } as const
  const deliver = { action: 'deliver', to: 8 } as const
  const cases: readonly (readonly [Partial<HostPlan>, string | null])[] = [
    [{ ...deliver, from: null }, `${at}: nothing was delivered to it yet`],
    [
      { ...deliver, changes: [change, { ...change, secret: 'B', kind: 'removed' }] },
      `${at}: it does not have the project’s A, B`,
    ],
    [{ action: 'restart', containers: [...kept.containers, recreate] }, `${at}: api: its settings changed`],
    [{ ...deliver, reason: 'host is not whole: CHANGED' }, null],
    [{ action: 'tidy', reason: 'left' }, null],
    [
      {
        action: 'refused',
        changes: [change],
        problem: { code: 'CONFLICT', message: 'your clone is behind the fleet: A', hint: null },
      },
      null,
    ],
  ]
  for (const [plan, expected] of cases) assert.deepEqual(audit(plan), expected === null ? [] : [expected])
})
