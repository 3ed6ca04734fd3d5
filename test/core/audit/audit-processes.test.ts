import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProcessFacts } from '../../../src/core/audit/audit-facts.ts'
import { auditProcesses } from '../../../src/core/audit/audit-processes.ts'
import type { HostFacts } from '../../../src/core/fleet/host-facts.ts'
import type { Container } from '../../../src/core/manifest/manifest-container.ts'
import { auditFacts, auditInput } from '../../support/audit.ts'
import { containerFacts } from '../../support/container.ts'

const running = (given: Partial<ProcessFacts>): ProcessFacts => ({
  pid: 12,
  uid: 33,
  name: 'nginx',
  container: null,
  unit: null,
  dumps: false,
  arguments: [],
  environment: [],
  ...given,
})

interface Case {
  readonly declared?: Partial<Container>
  readonly facts?: Partial<HostFacts>
}

const audit = (found: readonly ProcessFacts[], { declared = {}, facts = {} }: Case = {}): readonly string[] => {
  const processes = { seen: 9, unread: 0, found }
  const input = auditInput({ audit: auditFacts({ processes }), ...facts }, declared)
  return auditProcesses(input).map((one) => `${one.id} ${one.path} ${one.message}`)
}

test('a value in arguments or in the environment of a program that was not given it', () => {
  assert.deepEqual(audit([running({ arguments: [0], environment: [0, 1] })]), [
    'VALUE-IN-ARGUMENTS nginx of uid 33 AWS_KEY: in the arguments of nginx of uid 33 (process 12)',
    'VALUE-IN-ENVIRONMENT nginx of uid 33 AWS_KEY, DB_KEY: in the environment of nginx of uid 33 (process 12), which lockstep.yaml does not give it to',
  ])
})

test('processes of one program are one finding, whatever their numbers', () => {
  const found = [
    running({ arguments: [0] }),
    running({ pid: 13, arguments: [0] }),
    running({ pid: 14, uid: 0, arguments: [0] }),
  ]
  assert.deepEqual(audit(found), [
    'VALUE-IN-ARGUMENTS nginx of uid 33 AWS_KEY: in the arguments of nginx of uid 33 (2 processes, one is 12)',
    'VALUE-IN-ARGUMENTS nginx of uid 0 AWS_KEY: in the arguments of nginx of uid 0 (process 14)',
  ])
})

test('a declared container may have in its environment what it was given, and nothing more', () => {
  const engine = { program: '/usr/bin/docker', version: '20', containers: [containerFacts({ id: 'c0' })] }
  const inside = running({ container: 'c0', environment: [0] })
  const facts = { engine }
  assert.deepEqual(audit([inside], { facts }), [])
  assert.deepEqual(audit([{ ...inside, environment: [0, 1] }], { facts }), [
    'VALUE-IN-ENVIRONMENT nginx in shop-api DB_KEY: in the environment of nginx in shop-api (process 12), which lockstep.yaml does not give it to',
  ])
  assert.equal(audit([{ ...inside, arguments: [0] }], { facts }).length, 1)
  assert.equal(audit([{ ...inside, environment: [2] }], { facts }).length, 1)
  assert.equal(audit([{ ...inside, environment: [-1] }], { facts }).length, 1)
  assert.equal(audit([{ ...inside, container: 'c1' }], { facts }).length, 1)
  const others = containerFacts({ id: 'c0', labels: { 'lockstep.container': 'api', 'lockstep.project': 'other' } })
  assert.equal(audit([inside], { facts: { engine: { ...engine, containers: [others] } } }).length, 1)
})

test('so may a declared unit', () => {
  const declared: Partial<Container> = { runs: { kind: 'systemd', unit: 'report.service' } }
  assert.deepEqual(audit([running({ unit: 'report.service', environment: [0] })], { declared }), [])
  assert.equal(audit([running({ unit: 'cron.service', environment: [0] })], { declared }).length, 1)
  assert.equal(audit([running({ environment: [0] })], { declared }).length, 1)
})

test('what a program calls itself is visible and short', () => {
  const [line = ''] = audit([running({ name: `x\u001b[2J${'y'.repeat(500)}`, arguments: [0] })])
  assert.match(line, /^VALUE-IN-ARGUMENTS x\\u001b\[2Jy+… of uid 33 /)
  assert.ok(line.length < 300)
})
