import type { ContainerTarget } from '../../src/core/containers/container-command.ts'
import type { ContainerFacts, HostFacts } from '../../src/core/fleet/host-facts.ts'
import type { Container } from '../../src/core/manifest/manifest-container.ts'
import type { UnitFacts } from '../../src/core/containers/unit-facts.ts'

/** A declared container with everything at its default. */
export const container = (given: Partial<Container> = {}): Container => ({
  name: 'api',
  hosts: 'all',
  groups: ['aws'],
  runs: { kind: 'image', image: 'shop/api:1', publish: [], env: {}, command: null, options: [] },
  health: null,
  status: null,
  uid: null,
  onChange: { kind: 'restart' },
  receive: 'mount',
  mount: '/app',
  at: 'lockstep.yaml:1:1',
  ...given,
})

export const target: ContainerTarget = {
  project: 'shop',
  environment: 'production',
  directory: '/opt/shop',
  generation: { number: 7, id: 'abc' },
  revision: 9,
  content: 'c0',
  digest: 'd0',
  spec: '5bec',
}

/** A running container of generation 7 that is just what `container()` and `target` say. */
export const containerFacts = (given: Partial<ContainerFacts> = {}): ContainerFacts => ({
  name: 'shop-api',
  id: 'f00',
  running: true,
  restarting: false,
  exit: 0,
  startedAt: '2026-01-01T00:00:00Z',
  health: null,
  image: 'shop/api:1',
  labels: {
    'lockstep.project': 'shop',
    'lockstep.environment': 'production',
    'lockstep.container': 'api',
    'lockstep.generation': '7',
    'lockstep.generation-id': 'abc',
    'lockstep.content': 'c0',
    'lockstep.digest': 'd0',
    'lockstep.spec': '5bec',
  },
  mounts: [],
  status: null,
  ...given,
})

/** A unit that runs, without a drop-in of ours. */
export const unitFacts = (given: Partial<UnitFacts> = {}): UnitFacts => ({
  unit: 'report.service',
  load: 'loaded',
  active: 'active',
  sub: 'running',
  type: 'simple',
  stays: false,
  triggeredBy: [],
  user: null,
  group: null,
  otherGroups: [],
  dynamic: false,
  result: 'success',
  exit: 0,
  startedAt: 2000,
  commands: ['/usr/bin/report'],
  dropIn: null,
  dropInAt: null,
  status: null,
  ...given,
})

/** A host where nothing is. */
export const hostFacts = (given: Partial<HostFacts> = {}): HostFacts => ({
  python: '3.11.2',
  uid: 0,
  hostname: 'host1',
  now: 0,
  directory: '/opt/shop',
  identity: null,
  current: null,
  generations: [],
  scopes: {},
  staged: null,
  leftovers: [],
  lease: null,
  ledger: null,
  legacy: [],
  links: [],
  paths: null,
  readOnly: false,
  engine: null,
  units: {},
  live: {},
  unsettled: [],
  executable: null,
  audit: null,
  asked: null,
  watch: null,
  ...given,
})
