import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerPlans } from '../../../src/core/containers/container-plan.ts'
import type { PlanInput } from '../../../src/core/fleet/delivery-plan.ts'
import type { ContainerFacts, HostFacts } from '../../../src/core/fleet/host-facts.ts'
import type { LiveFacts } from '../../../src/core/containers/live.ts'
import type { Container } from '../../../src/core/manifest/manifest-container.ts'
import { unitDropIn } from '../../../src/core/containers/unit-drop-in.ts'
import { container, containerFacts, hostFacts, target, unitFacts } from '../../support/container.ts'

/** What is planned for one container: action and reason. */
const plan = (declared: Container, facts: Partial<HostFacts>, content = 'c0'): string => {
  const scope = { scope: `container/${declared.name}`, uid: null, groups: ['aws'], secrets: [] }
  const input: PlanInput = {
    desired: {
      host: 'host1',
      directory: '/opt/shop',
      rung: 'host',
      scopes: [{ ...scope, scope: 'host' }, scope],
      containers: [declared],
    },
    facts: hostFacts(facts),
    ledger: { format: 1, project: 'shop', environment: 'production', revision: 8, hosts: {}, deliveries: [] },
    project: 'shop',
    environment: 'production',
    rollBack: [],
    replaceFiles: false,
    acceptRolledBack: false,
    mode: 'deploy',
    content: () => content,
    executable: null,
    spec: () => '5bec',
  }
  const [found] = containerPlans(input)
  return `${found?.action}: ${found?.why}`
}

const engine = (...containers: readonly ContainerFacts[]): Pick<HostFacts, 'engine'> => ({
  engine: { program: '/usr/bin/docker', version: '20', containers },
})

test('a container is re-created when what it was given, how it is run or its health differs', () => {
  const ours = containerFacts()
  const cases: readonly (readonly [string, Partial<HostFacts>, string])[] = [
    ['in step', engine(ours), 'keep: in step'],
    ['not there', engine(), 'create: is not there'],
    [
      'another project',
      engine({ ...ours, name: 'x', labels: { ...ours.labels, 'lockstep.project': 'other' } }),
      'create: is not there',
    ],
    [
      'another environment',
      engine({ ...ours, name: 'x', labels: { ...ours.labels, 'lockstep.environment': 'staging' } }),
      'create: is not there',
    ],
    ['under another name', engine({ ...ours, name: 'by-hand' }), 'keep: in step'],
    ['by hand, with our name', engine({ ...ours, labels: {} }), 'create: is not there'],
    [
      'other settings',
      engine({ ...ours, labels: { ...ours.labels, 'lockstep.spec': 'old' } }),
      'recreate: its settings changed',
    ],
    ['stopped', engine({ ...ours, running: false }), 'recreate: is not running'],
    ['unhealthy', engine({ ...ours, health: 'unhealthy' }), 'recreate: is not healthy'],
    ['one of two stopped', engine(ours, { ...ours, name: 'api_2', running: false }), 'recreate: is not running'],
    [
      'a killed replacement',
      engine(ours, { ...ours, name: 'shop-api-before', running: false }),
      'recreate: an earlier delivery did not finish with it',
    ],
    [
      'a killed replacement of compose',
      { ...engine(ours), unsettled: ['api'] },
      'recreate: an earlier delivery did not finish with it',
    ],
  ]
  for (const [name, facts, expected] of cases) assert.equal(plan(container(), facts), expected, name)
  assert.equal(plan(container(), engine(ours), 'c1'), 'recreate: its secrets changed')
})

test('a service of compose is known by our labels alone', () => {
  const service = container({ runs: { kind: 'compose', file: '/srv/c.yaml', service: 'api' } })
  assert.equal(plan(service, engine({ ...containerFacts(), name: 'srv_api_1' })), 'keep: in step')
  assert.equal(plan(service, engine({ ...containerFacts(), labels: {} })), 'create: is not there')
})

test('a unit is changed when its drop-in is not what it should be', () => {
  const unit = container({ runs: { kind: 'systemd', unit: 'r.service' }, receive: 'environment' })
  const plain = unitFacts({ unit: 'r.service', startedAt: 2000, dropInAt: 1000 })
  const given = { ...plain, dropIn: unitDropIn(unit, target, plain) }
  assert.equal(plan(unit, { units: { api: given } }), 'keep: in step')
  assert.equal(plan(unit, { units: { api: plain } }), 'recreate: its secrets changed')
  assert.equal(plan(unit, { units: { api: { ...given, commands: ['/bin/other'] } } }), 'recreate: its unit changed')
  assert.equal(plan(unit, { units: { api: { ...given, active: 'failed' } } }), 'recreate: is not running')
  const job = { ...given, active: 'inactive', triggeredBy: ['r.timer'] }
  assert.equal(plan(unit, { units: { api: job } }), 'keep: in step')
  assert.equal(plan(unit, { units: {} }), 'create: is not there')
})

test('a program that follows its live directory is refreshed', () => {
  const live: LiveFacts = {
    number: 7,
    id: 'abc',
    content: 'c0',
    digest: 'd0',
    told: true,
    settled: true,
    at: 0,
    wrong: [],
  }
  const told = container({ onChange: { kind: 'signal', signal: 'HUP' } })
  const never = container({ onChange: { kind: 'none' } })
  const following = (given: Partial<LiveFacts>): Partial<HostFacts> => ({
    ...engine(containerFacts()),
    live: { api: { ...live, ...given } },
  })
  assert.equal(plan(told, following({})), 'keep: in step')
  assert.equal(plan(told, following({}), 'c1'), 'refresh: its secrets changed')
  assert.equal(plan(told, following({ told: false })), 'refresh: it has not been told yet')
  assert.equal(plan(never, following({ told: false })), 'keep: in step')
  assert.equal(plan(told, following({ settled: false })), 'refresh: an earlier delivery did not finish with it')
  assert.equal(plan(told, following({ wrong: ['CHANGED aws.env'] })), 'refresh: its live directory is not whole')
  assert.equal(plan(told, engine(containerFacts())), 'refresh: its live directory is not whole')
  assert.equal(
    plan(told, { ...following({}), ...engine(containerFacts({ running: false })) }),
    'recreate: is not running',
  )
})
