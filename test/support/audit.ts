import type { AuditInput } from '../../src/core/audit/audit-host.ts'
import type { AuditFacts } from '../../src/core/audit/audit-facts.ts'
import type { MachineFacts } from '../../src/core/audit/machine-facts.ts'
import type { SoughtName } from '../../src/core/audit/sought.ts'
import { Secret } from '../../src/core/secret.ts'
import type { HostFacts } from '../../src/core/fleet/host-facts.ts'
import type { Container } from '../../src/core/manifest/manifest-container.ts'
import { container, hostFacts } from './container.ts'

export const machine = (given: Partial<MachineFacts> = {}): MachineFacts => ({
  superusers: [],
  rootKeys: [],
  rootPassword: false,
  sshd: null,
  sudo: [],
  hostKeys: [],
  swap: [],
  corePattern: 'core',
  ...given,
})

/** Around our paths there is nothing to be told. */
export const auditFacts = (given: Partial<AuditFacts> = {}): AuditFacts => ({
  parents: [],
  marked: [],
  processes: { seen: 1, unread: 0, found: [] },
  places: [],
  copies: [],
  engine: { containers: [], images: [], sockets: [], listens: [] },
  machine: machine(),
  incomplete: [],
  ...given,
})

/** In the order of the numbers that hosts answer with; the container `api` is given AWS_KEY, the host both secrets. */
const sought: readonly SoughtName[] = [
  { kind: 'secret', name: 'AWS_KEY' },
  { kind: 'secret', name: 'DB_KEY' },
  { kind: 'project-password', name: null },
]

const placed = (name: string) => ({
  name,
  group: 'aws',
  host: null,
  version: 1,
  set: '',
  rotated: null,
  fingerprint: '',
  former: [],
})

/** A host that is in order, with what is given besides. */
export const auditInput = (
  facts: Partial<HostFacts>,
  given: Partial<Container> = {},
  leftOut: readonly string[] = [],
): AuditInput => ({
  desired: {
    host: 'host1',
    directory: '/opt/shop',
    rung: 'host',
    scopes: [
      { scope: 'host', uid: null, groups: ['aws'], secrets: [placed('AWS_KEY'), placed('DB_KEY')] },
      { scope: 'container/api', uid: null, groups: ['aws'], secrets: [placed('AWS_KEY')] },
    ],
    containers: [container(given)],
  },
  facts: hostFacts({
    identity: { project: 'shop', environment: 'production', host: 'host1', id: 'f0' },
    audit: auditFacts(),
    asked: {
      sought: { forms: sought.map((what) => ({ what, bytes: new Secret('') })), leftOut },
      before: 0,
      after: 0,
    },
    ...facts,
  }),
  ledger: { format: 1, project: 'shop', environment: 'production', revision: 0, hosts: {}, deliveries: [] },
})
