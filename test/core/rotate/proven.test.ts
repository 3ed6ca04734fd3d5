import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ContainerProof } from '../../../src/core/containers/proof.ts'
import type { HostFacts } from '../../../src/core/fleet/host-facts.ts'
import { hasOnlyFormer, stillNeeds, type ProvenInput } from '../../../src/core/rotate/proven.ts'
import { container, hostFacts } from '../../support/container.ts'

const generation = (number: number, version: number): NonNullable<ProvenInput['known']>['generations'][number] => ({
  number,
  id: 'ab',
  revision: number,
  at: '2026-01-01T00:00:00Z',
  state: 'used',
  secrets: { AWS_KEY: version },
})

/** A host whose generation in force has this version. */
const withVersion = (version: number): HostFacts =>
  hostFacts({
    current: 5,
    scopes: {
      host: {
        wrong: [],
        manifest: {
          scope: 'host',
          host: 'host1',
          generation: { number: 5, id: 'ab' },
          revision: 5,
          secrets: { AWS_KEY: { group: 'aws', version, fingerprint: 'f' } },
          runtime: { rung: 'host', uid: null },
        },
      },
    },
  })

const proof = (generation: number | null, over: Partial<ContainerProof> = {}): ContainerProof => ({
  proof: generation === null ? 'none' : 'mounted',
  generation,
  state: 'ready',
  note: null,
  ...over,
})

const input = (facts: HostFacts, found: ContainerProof | null): ProvenInput => ({
  facts,
  desired: {
    host: 'host1',
    directory: '/opt/shop',
    rung: 'host',
    scopes: [],
    containers: found === null ? [] : [container()],
  },
  known: { id: 'id', current: 5, generations: [generation(4, 1), generation(5, 2)] },
  demanded: 'mounted',
  proofOf: () => found ?? assert.fail('asked'),
})

const one = { group: 'aws', versions: { AWS_KEY: 2 }, from: { AWS_KEY: 1 } }

suite('may a host still need the former value', () => {
  const rows: readonly [string, ProvenInput, RegExp | null][] = [
    ['it has the new one, and nothing uses it', input(withVersion(2), null), null],
    ['it has the new one, and its container runs it', input(withVersion(2), proof(5)), null],
    ['it has a newer one', input(withVersion(3), null), null],
    ['it has the former one', input(withVersion(1), null), /does not have the new value/],
    ['nothing was delivered', input(hostFacts(), null), /does not have the new value/],
    ['its generation does not say', input(hostFacts({ current: 5 }), null), /does not say what it has/],
    [
      'its container runs the generation before',
      input(withVersion(2), proof(4)),
      /runs generation 4, with the former value/,
    ],
    ['its container runs one that nobody knows', input(withVersion(2), proof(3)), /runs generation 3/],
    ['its container is not proved', input(withVersion(2), proof(null)), /api is not proved to run the new value/],
    ['its container is degraded', input(withVersion(2), proof(5, { state: 'degraded' })), /api is not proved/],
    ['its job has the new one when it is next run', input(withVersion(2), proof(5, { state: 'waiting' })), null],
    [
      'its container was started with the former one, and nobody is to start it',
      input(withVersion(2), proof(null, { state: 'waiting' })),
      /api may run with the former value until it is started again/,
    ],
    ['this run brought the new one, and nothing uses it', { ...input(withVersion(1), null), proved: new Map() }, null],
    [
      'this run proved its container, whatever that was before',
      { ...input(withVersion(1), proof(4)), proved: new Map([['api', proof(5)]]) },
      null,
    ],
    [
      'this run left its container alone, which runs the new one',
      { ...input(withVersion(2), proof(5)), proved: new Map([['other', proof(5)]]) },
      null,
    ],
    [
      'this run left its container alone, which is degraded',
      { ...input(withVersion(2), proof(5, { state: 'degraded' })), proved: new Map([['other', proof(5)]]) },
      /api is not proved/,
    ],
    [
      'this run brought its container the new one for its next start',
      { ...input(withVersion(1), proof(4)), proved: new Map([['api', proof(null, { state: 'waiting' })]]) },
      /until it is started again/,
    ],
  ]
  for (const [says, given, why] of rows) {
    test(says, () => {
      const found = stillNeeds(one, given)
      if (why === null) assert.equal(found, null)
      else assert.match(found ?? '', why)
    })
  }

  test('a container that is given another group is not asked', () => {
    const given = { ...input(withVersion(2), proof(4)), proofOf: () => assert.fail('asked') }
    assert.equal(stillNeeds({ ...one, group: 'other' }, given), null)
  })
})

suite('has a host nothing but the former value', () => {
  const rows: readonly [string, ProvenInput, boolean][] = [
    ['it has the former one, and nothing uses it', input(withVersion(1), null), true],
    ['its container runs the former one', input(withVersion(1), proof(4)), true],
    ['nothing was delivered', input(hostFacts(), null), true],
    ['its container is not there', input(withVersion(1), proof(null, { state: 'missing' })), true],
    ['it has the new one', input(withVersion(2), null), false],
    ['its container runs the new one', input(withVersion(1), proof(5)), false],
    ['its container runs what nobody knows', input(withVersion(1), proof(6)), false],
    ['its container does not say what it runs', input(withVersion(1), proof(null)), false],
    ['its generation does not say', input(hostFacts({ current: 5 }), null), false],
  ]
  for (const [says, given, only] of rows) test(says, () => assert.equal(hasOnlyFormer(one, given), only))

  test('a secret that there was not: whatever has it is the new one', () => {
    const fresh = { group: 'aws', from: { AWS_KEY: 0 } }
    assert.equal(hasOnlyFormer(fresh, input(hostFacts(), null)), true)
    assert.equal(hasOnlyFormer(fresh, input(withVersion(1), null)), false)
  })
})
