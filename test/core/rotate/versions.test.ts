import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyMetadata } from '../../../src/core/secrets/metadata.ts'
import { emptyLedger } from '../../../src/core/fleet/ledger.ts'
import type { HostFacts } from '../../../src/core/fleet/host-facts.ts'
import {
  freshVersions,
  incredibleVersions,
  type SaidVersions,
  type VersionSources,
} from '../../../src/core/rotate/versions.ts'
import { refusal } from '../../support/refusal.ts'

const most = 2 ** 31 - 1

/** One host that says it has KEY in this version. */
const saying = (version: number, { wrong = [], given = ['KEY'] }: Said = {}): SaidVersions => {
  const manifest = {
    scope: 'host',
    host: 'host1',
    generation: { number: 1, id: 'a' },
    revision: 1,
    secrets: { KEY: { group: 'db', version, fingerprint: 'f' } },
    runtime: { rung: 'host', uid: null },
  }
  const scopes: HostFacts['scopes'] = { host: { manifest, wrong } }
  return { host: 'host1', facts: { scopes }, given: new Set(given) }
}

interface Said {
  readonly wrong?: readonly string[]
  readonly given?: readonly string[]
}

/** The project has KEY in this version, the ledger in that one. */
const sources = (project: number, ledger: number, hosts: readonly SaidVersions[]): VersionSources => {
  const record = { version: project, set: '2026-01-01T00:00:00Z', rotated: null, fingerprint: 'f', before: null }
  const generation = { number: 1, id: 'a', revision: 1, at: '', state: 'used', secrets: { KEY: ledger } } as const
  return {
    metadata: { ...emptyMetadata('shop', 'production'), files: new Map([['db.env', new Map([['KEY', record]])]]) },
    ledger: {
      ...emptyLedger('shop', 'production'),
      hosts: { host2: { id: 'i', current: 1, generations: [generation] } },
    },
    hosts,
  }
}

for (const [what, project, ledger, hosts, expected] of [
  ['above the project', 4, 2, [], 5],
  ['above the ledger', 2, 4, [], 5],
  ['above what a host has', 2, 2, [saying(7)], 8],
  ['a thousand that only a host knows', 2, 2, [saying(1002)], 1003],
  ['not what nobody can have given out', 2, 2, [saying(1003)], 3],
  ['nor the highest number there is', 2, 2, [saying(most)], 3],
  ['not of a scope that is not whole', 2, 2, [saying(7, { wrong: ['BAD_MAC'] })], 3],
  ['not of a secret that it is not given', 2, 2, [saying(7, { given: ['OTHER'] })], 3],
] as const) {
  test(`a fresh version is ${what}`, () => {
    const fresh = freshVersions(sources(project, ledger, hosts))
    assert.deepEqual([fresh('KEY'), fresh('KEY')], [expected, expected + 1])
  })
}

for (const key of ['KEY', 'KEY@host1']) {
  test(`a fresh version is above one that a rotation has ended, though no host has it: ${key}`, () => {
    const known = sources(2, 1, [])
    assert.equal(freshVersions({ ...known, ledger: { ...known.ledger, ended: { [key]: 6, KEY_TOO: 9 } } })('KEY'), 7)
  })
}

test('what is not believed is told, and nothing else is', () => {
  const hosts = [saying(most), saying(7), saying(most, { wrong: ['BAD_MAC'] }), saying(most, { given: [] })]
  assert.deepEqual(incredibleVersions(sources(2, 2, hosts)), [{ host: 'host1', name: 'KEY', version: most }])
})

test('where versions come to their end the next one is refused, not given', async () => {
  const fresh = freshVersions(sources(most - 2, 1, []))
  assert.equal(fresh('KEY'), most - 1)
  await refusal('CONFLICT', async () => fresh('KEY'))
  await refusal('CONFLICT', async () => freshVersions(sources(most, 1, []))('KEY'))
})
