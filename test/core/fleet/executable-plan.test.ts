import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlanInput } from '../../../src/core/fleet/delivery-plan.ts'
import { executableFault, executableProblem, installsExecutable } from '../../../src/core/fleet/executable-plan.ts'
import type { Container } from '../../../src/core/manifest/manifest-container.ts'
import { container, hostFacts } from '../../support/container.ts'

interface Case {
  readonly there: string | null
  readonly recorded?: readonly string[]
  readonly id?: string
  readonly ours?: string | null
  readonly receive?: Container['receive']
}

const input = ({ there, recorded, id = 'f0', ours = 'ours', receive = 'environment' }: Case): PlanInput => ({
  desired: { host: 'host1', directory: '/opt/shop', rung: 'host', scopes: [], containers: [container({ receive })] },
  facts: hostFacts({
    executable: there,
    identity: { project: 'shop', environment: 'production', host: 'host1', id: 'f0' },
  }),
  ledger: {
    format: 1,
    project: 'shop',
    environment: 'production',
    revision: 8,
    hosts: { host1: { id, current: 1, generations: [], ...(recorded === undefined ? {} : { executables: recorded }) } },
    deliveries: [],
  },
  project: 'shop',
  environment: 'production',
  rollBack: [],
  replaceFiles: false,
  acceptRolledBack: false,
  mode: 'deploy',
  content: () => '',
  executable: ours,
  spec: () => '',
})

test('it is brought where it is missing or changed; another version, where something is changed anyway', () => {
  const cases: readonly (readonly [string, Case, 'gone' | 'changed' | null, boolean, boolean])[] = [
    ['none there', { there: null }, null, true, true],
    ['ours, not recorded', { there: 'ours' }, null, false, false],
    ['another, not recorded', { there: 'old' }, null, false, true],
    ['as recorded', { there: 'ours', recorded: ['ours'] }, null, false, false],
    ['another version, as recorded', { there: 'old', recorded: ['old'] }, null, false, true],
    ['one of two that a killed delivery left', { there: 'old', recorded: ['old', 'ours'] }, null, false, true],
    ['changed', { there: 'evil', recorded: ['ours'] }, 'changed', true, true],
    ['gone', { there: null, recorded: ['ours'] }, 'gone', true, true],
    ['of the machine before', { there: 'old', recorded: ['ours'], id: 'f1' }, null, false, true],
    ['not needed', { there: 'evil', recorded: ['ours'], receive: 'mount' }, null, false, false],
    ['changed, none to bring', { there: 'evil', recorded: ['ours'], ours: null }, 'changed', false, false],
  ]
  for (const [name, given, fault, idle, busy] of cases) {
    assert.equal(executableFault(input(given)), fault, name)
    assert.equal(installsExecutable(input(given), false), idle, name)
    assert.equal(installsExecutable(input(given), true), busy, name)
    assert.equal(installsExecutable({ ...input(given), mode: 'setup' }, true), false, name)
  }
})

test('nothing is started through one that is missing or changed', () => {
  const code = (given: Case): string | undefined => executableProblem(input(given))?.code
  assert.equal(code({ there: null, ours: null }), 'CONFIG')
  assert.equal(code({ there: 'evil', recorded: ['ours'], ours: null }), 'UNSAFE')
  assert.equal(code({ there: 'evil', recorded: ['ours'] }), undefined)
  assert.equal(code({ there: 'old', recorded: ['old'], ours: null }), undefined)
  assert.equal(code({ there: 'old', ours: null }), undefined)
  const looking = { ...input({ there: 'evil', recorded: ['ours'], ours: null }), isLook: true } as const
  assert.equal(executableProblem(looking), null)
})
