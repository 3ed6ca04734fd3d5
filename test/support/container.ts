import type { ContainerTarget } from '../../src/core/container-command.ts'
import type { Container } from '../../src/core/manifest-container.ts'

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
