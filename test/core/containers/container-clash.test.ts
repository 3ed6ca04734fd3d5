import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameProblem } from '../../../src/core/containers/container-clash.ts'
import type { PlanInput } from '../../../src/core/fleet/delivery-plan.ts'
import type { ContainerFacts } from '../../../src/core/fleet/host-facts.ts'
import { instancesOf, isEngineSilent, isUnsettled } from '../../../src/core/containers/instances.ts'
import type { Container } from '../../../src/core/manifest/manifest-container.ts'
import { container, containerFacts, hostFacts } from '../../support/container.ts'

const owner = { project: 'shop', environment: 'production' }

const input = (declared: Container, there: readonly ContainerFacts[], given: Partial<PlanInput> = {}): PlanInput => ({
  desired: { host: 'host1', directory: '/opt/shop', rung: 'host', scopes: [], containers: [declared] },
  facts: hostFacts({ engine: { program: '/usr/bin/docker', version: '20', containers: there } }),
  ledger: { format: 1, project: 'shop', environment: 'production', revision: 8, hosts: {}, deliveries: [] },
  ...owner,
  rollBack: [],
  replaceFiles: false,
  acceptRolledBack: false,
  mode: 'deploy',
  content: () => '',
  executable: null,
  spec: () => '',
  ...given,
})

const labelled = (labels: Readonly<Record<string, string>>, name = 'shop-api'): ContainerFacts =>
  containerFacts({
    name,
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [`lockstep.${key}`, value])),
  })

test('a container under a name of ours is ours by all three labels, or in the way', () => {
  const of = { project: 'shop', environment: 'production', container: 'api' }
  const cases: readonly (readonly [string, ContainerFacts, RegExp | null])[] = [
    ['ours', labelled(of), null],
    ['ours, set aside', labelled(of, 'shop-api-before'), null],
    ['ours that failed', labelled(of, 'shop-api-failed'), null],
    ['somebody’s under the name of one that failed', labelled({}, 'shop-api-failed'), null],
    ['somebody’s, called otherwise', labelled({}, 'shop-db'), null],
    ['by hand', labelled({}), /container shop-api on it that lockstep did not start/],
    ['by hand, where ours is set aside', labelled({}, 'shop-api-before'), /container shop-api-before on it/],
    ['labels of somebody else', containerFacts({ labels: { 'com.example': 'x' } }), /did not start/],
    [
      'another project',
      labelled({ project: 'sh', environment: 'production', container: 'op-api' }),
      /shop-api on it is op-api of sh \(production\), and ours/,
    ],
    ['another environment', labelled({ ...of, environment: 'staging' }), /is api of shop \(staging\)/],
    ['another container', labelled({ ...of, container: 'api-before' }, 'shop-api-before'), /is api-before of shop/],
    ['words of a hostile host', labelled({ ...of, project: 'a\u001b[2J' }), /is api of "a\\u001b\[2J" /],
  ]
  for (const [name, there, expected] of cases) {
    const problem = nameProblem(input(container(), [there]))
    assert.equal(problem?.code, expected === null ? undefined : 'CONFLICT', name)
    if (expected !== null) assert.match(problem?.message ?? '', expected, name)
  }
})

test('names of other environments, of services and of units', () => {
  const service = container({ runs: { kind: 'compose', file: '/srv/c.yaml', service: 'api' } })
  const unit = container({ runs: { kind: 'systemd', unit: 'api.service' } })
  const byHand = labelled({})
  assert.equal(nameProblem(input(service, [byHand])), null)
  assert.equal(nameProblem(input(unit, [byHand])), null)
  assert.equal(nameProblem(input(container(), [byHand], { mode: 'setup' })), null)
  assert.equal(nameProblem(input(container(), [byHand], { environment: 'staging' })), null)
  assert.notEqual(nameProblem(input(container(), [labelled({}, 'shop-staging-api')], { environment: 'staging' })), null)
})

test('what to type is for the engine there', () => {
  const byHand = input(container(), [labelled({})])
  assert.match(nameProblem(byHand)?.hint ?? '', /on host1: docker stop shop-api && docker rename shop-api shop-api-by/)
  const facts = hostFacts({ engine: { program: '/usr/bin/podman', version: '4', containers: [labelled({})] } })
  assert.match(nameProblem({ ...byHand, facts })?.hint ?? '', /podman stop shop-api && podman rename/)
})

test('one that failed counts for nothing', () => {
  const { facts } = input(container(), [
    labelled({ project: 'shop', environment: 'production', container: 'api' }, 'shop-api-failed'),
  ])
  assert.deepEqual(instancesOf(container(), owner, facts), [])
  assert.equal(isUnsettled(container(), owner, facts), false)
})

test('an engine is silent where there is one that does not answer', () => {
  const silent = (engine: { program: string | null; version: string | null } | null): boolean =>
    isEngineSilent(hostFacts({ engine: engine === null ? null : { ...engine, containers: [] } }))
  assert.equal(silent({ program: '/usr/bin/docker', version: null }), true)
  assert.equal(silent({ program: '/usr/bin/docker', version: '20' }), false)
  assert.equal(silent({ program: null, version: null }), false)
  assert.equal(silent(null), false)
})

test('a container that is called like one set aside is not one', () => {
  const declared = container({ name: 'api-before' })
  const of = { project: 'shop', environment: 'production', container: 'api-before' }
  const facts = (name: string) => input(declared, [labelled(of, name)]).facts
  assert.equal(instancesOf(declared, owner, facts('shop-api-before')).length, 1)
  assert.equal(isUnsettled(declared, owner, facts('shop-api-before')), false)
  assert.equal(instancesOf(declared, owner, facts('shop-api-before-before')).length, 0)
  assert.equal(isUnsettled(declared, owner, facts('shop-api-before-before')), true)
})
