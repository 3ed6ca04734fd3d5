import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlanInput } from '../../../src/core/fleet/delivery-plan.ts'
import { planHost } from '../../../src/core/fleet/delivery-plan.ts'
import type { ScopeFacts } from '../../../src/core/fleet/host-facts.ts'
import { hostProblem } from '../../../src/core/fleet/host-problem.ts'
import type { Ledger } from '../../../src/core/fleet/ledger.ts'
import { container, hostFacts } from '../../support/container.ts'

/** The clone has version 3 of KEY, with the fingerprint `here`. */
const input = (there: ScopeFacts, ledger: Ledger): PlanInput => ({
  desired: {
    host: 'host1',
    directory: '/opt/shop',
    rung: 'host',
    scopes: [
      {
        scope: 'host',
        uid: null,
        groups: ['aws'],
        secrets: [
          {
            name: 'KEY',
            group: 'aws',
            host: null,
            version: 3,
            set: '2026-01-01T00:00:00Z',
            rotated: null,
            fingerprint: 'here',
            former: [],
          },
        ],
      },
    ],
    containers: [],
  },
  facts: hostFacts({
    identity: { project: 'shop', environment: 'production', host: 'host1', id: 'machine' },
    current: 4,
    scopes: { host: there },
    links: ['vault-password', 'secrets'],
  }),
  ledger,
  project: 'shop',
  environment: 'production',
  rollBack: [],
  replaceFiles: false,
  acceptRolledBack: false,
  mode: 'deploy',
  content: () => '',
  spec: () => '',
  executable: null,
})

const manifest = (version: number, fingerprint: string): ScopeFacts['manifest'] => ({
  scope: 'host',
  host: 'host1',
  generation: { number: 4, id: 'four' },
  revision: 9,
  secrets: { KEY: { group: 'aws', version, fingerprint } },
  runtime: { rung: 'host', uid: null },
})

/** The ledger says that this host has this version, and that another one had that. */
const ledgerOf = (own: number, others: number = own): Ledger => {
  const host = (version: number) => ({
    id: 'machine',
    current: 4,
    generations: [
      {
        number: 4,
        id: 'four',
        revision: 9,
        at: '2026-01-01T00:00:00Z',
        state: 'used' as const,
        secrets: { KEY: version },
      },
    ],
  })
  return {
    format: 1,
    project: 'shop',
    environment: 'production',
    revision: 9,
    hosts: { host1: host(own), host2: host(others) },
    deliveries: [],
  }
}

type Verdict = 'deliver' | 'keep' | 'this host is ahead' | 'the clone is behind'

const cases: readonly [string, ScopeFacts, Ledger, Verdict][] = [
  ['in step', { manifest: manifest(3, 'here'), wrong: [] }, ledgerOf(3), 'keep'],
  ['the host is older', { manifest: manifest(2, 'old'), wrong: [] }, ledgerOf(2), 'deliver'],
  [
    'the host is newer, and so is the ledger',
    { manifest: manifest(4, 'new'), wrong: [] },
    ledgerOf(4),
    'the clone is behind',
  ],
  ['only the host says it is newer', { manifest: manifest(99, 'new'), wrong: [] }, ledgerOf(3), 'this host is ahead'],
  [
    'another value under the same version',
    { manifest: manifest(3, 'other'), wrong: [] },
    ledgerOf(3),
    'this host is ahead',
  ],
  [
    'a manifest that nobody vouches for says newer',
    { manifest: manifest(99, 'x'), wrong: ['BAD_MAC'] },
    ledgerOf(3),
    'deliver',
  ],
  [
    'such a one, and another host had newer',
    { manifest: manifest(99, 'x'), wrong: ['BAD_MAC'] },
    ledgerOf(3, 4),
    'deliver',
  ],
  [
    'such a one says older, the ledger newer',
    { manifest: manifest(1, 'x'), wrong: ['BAD_MAC'] },
    ledgerOf(4),
    'the clone is behind',
  ],
  ['its password is gone', { manifest: manifest(99, 'x'), wrong: ['NO_PASSWORD'] }, ledgerOf(3), 'deliver'],
  [
    'its password is gone, the ledger says newer',
    { manifest: manifest(3, 'here'), wrong: ['NO_PASSWORD'] },
    ledgerOf(4),
    'the clone is behind',
  ],
  ['its manifest is gone', { manifest: null, wrong: ['NO_MANIFEST'] }, ledgerOf(3), 'deliver'],
  [
    'its manifest is gone, the ledger says newer',
    { manifest: null, wrong: ['NO_MANIFEST'] },
    ledgerOf(4),
    'the clone is behind',
  ],
  [
    'a file is wrong, the manifest is not',
    { manifest: manifest(4, 'new'), wrong: ['CHANGED aws.env'] },
    ledgerOf(4),
    'the clone is behind',
  ],
]

const verdictOf = (given: PlanInput): Verdict | string => {
  const problem = hostProblem(given)
  if (problem === null) return planHost(given).action
  assert.match(problem.message, /^your clone is behind the fleet: KEY$/)
  return problem.isStale ? 'the clone is behind' : 'this host is ahead'
}

for (const [says, there, ledger, verdict] of cases) {
  test(`versions on a host: ${says}: ${verdict}`, () => {
    assert.equal(verdictOf(input(there, ledger)), verdict)
    const told = verdictOf({ ...input(there, ledger), rollBack: ['KEY'] })
    assert.equal(told, verdict === 'keep' ? 'keep' : 'deliver')
  })
}

test('where there is nothing to pull, the value is read on the host', () => {
  const own = input({ manifest: manifest(4, 'new'), wrong: [] }, ledgerOf(4))
  const hint = hostProblem({ ...own, desired: { ...own.desired, directory: '/srv/my shop' } })?.hint ?? ''
  assert.match(
    hint,
    /read it on host1 as root with ansible-vault view --vault-password-file '\/srv\/my shop\/vault-password' '\/srv\/my shop\/secrets\/aws\.env' and set it here with lockstep set KEY; /,
  )
})

test('that another machine answers comes before whatever that machine lacks', () => {
  const own = input({ manifest: manifest(3, 'here'), wrong: [] }, ledgerOf(3))
  const desired = { ...own.desired, containers: [container()] }
  const ofHost2 = { project: 'shop', environment: 'production', host: 'host2', id: 'another' }
  const lacking = { ...own.facts, engine: null, readOnly: true, legacy: ['secrets'] }
  assert.equal(hostProblem({ ...own, desired, facts: lacking })?.code, 'UNAVAILABLE')
  const elsewhere = hostProblem({ ...own, desired, facts: { ...lacking, identity: ofHost2 } })
  assert.equal(elsewhere?.code, 'UNSAFE')
  assert.match(elsewhere?.message ?? '', /it was set up as host2/)
  const unknown = { ...ledgerOf(3), hosts: {} }
  const bare = hostProblem({ ...own, desired, ledger: unknown, facts: { ...lacking, identity: null } })
  assert.match(bare?.message ?? '', /not set up yet/)
  assert.equal(bare?.isNew, true)
})

const staged = ledgerOf(3).hosts['host1']?.generations.map((one) => ({ ...one, state: 'staged' as const })) ?? []

const withoutId: readonly [string, Ledger['hosts'], Partial<PlanInput>, PlanInput['mode'] | 'UNSAFE' | 'CONFLICT'][] = [
  ['nobody was set up under this name: setup', {}, { mode: 'setup' }, 'setup'],
  ['nobody was: deploy', {}, {}, 'CONFLICT'],
  ['nobody was, another host was named', {}, { mode: 'setup', again: ['host2'] }, 'setup'],
  ['a machine was: setup', ledgerOf(3).hosts, { mode: 'setup' }, 'UNSAFE'],
  ['a machine was: deploy', ledgerOf(3).hosts, {}, 'UNSAFE'],
  ['a machine was: setup, told so', ledgerOf(3).hosts, { mode: 'setup', again: ['host1'] }, 'setup'],
  ['a machine was: setup, another one was named', ledgerOf(3).hosts, { mode: 'setup', again: ['host2'] }, 'UNSAFE'],
  ['a machine was: deploy knows no such word', ledgerOf(3).hosts, { again: ['host1'] }, 'UNSAFE'],
  [
    'its delivery was written down, its end was not',
    { host1: { id: 'a', current: null, generations: ledgerOf(3).hosts['host1']?.generations ?? [] } },
    { mode: 'setup' },
    'UNSAFE',
  ],
  [
    'a first setup was cut off before it',
    { host1: { id: 'a', current: null, generations: staged } },
    { mode: 'setup' },
    'setup',
  ],
  ['it was forgotten', { host1: { id: 'a', current: null, generations: [] } }, { mode: 'setup' }, 'setup'],
]

for (const [says, hosts, more, expected] of withoutId) {
  test(`a machine without an id answers: ${says}: ${expected}`, () => {
    const own = input({ manifest: null, wrong: [] }, { ...ledgerOf(3), hosts })
    const facts = hostFacts({ identity: null })
    const problem = hostProblem({ ...own, facts, ...more })
    assert.equal(problem?.code ?? 'setup', expected)
    if (expected !== 'UNSAFE') return
    assert.match(problem?.message ?? '', /^the machine that answers has no id, and another one was set up/)
    assert.match(problem?.hint ?? '', /^correct its address .*yourself: lockstep setup --again host1$/)
  })
}

test('an id that another machine has is not made right by --again', () => {
  const own = input({ manifest: manifest(3, 'here'), wrong: [] }, ledgerOf(3))
  const other = { project: 'shop', environment: 'production', host: 'host1', id: 'another' }
  const problem = hostProblem({ ...own, mode: 'setup', again: ['host1'], facts: { ...own.facts, identity: other } })
  assert.equal(problem?.code, 'UNSAFE')
  assert.match(problem?.hint ?? '', /remove host\.json there, then lockstep setup --again host1$/)
})

test('where it was set up in another directory, that is said', () => {
  const own = input({ manifest: null, wrong: [] }, ledgerOf(3))
  const [host1] = Object.values(own.ledger.hosts)
  const hosts = { host1: { ...(host1 ?? assert.fail()), directory: '/srv/own' } }
  const moved = hostProblem({ ...own, ledger: { ...own.ledger, hosts }, facts: hostFacts({ identity: null }) })
  assert.equal(moved?.code, 'UNSAFE')
  assert.match(moved?.message ?? '', /under this name in "?\/srv\/own"?, not in "?\/opt\/shop"?$/)
  assert.match(moved?.hint ?? '', /^correct its address or its directory; .*moved it yourself: lockstep setup --again/)
})
