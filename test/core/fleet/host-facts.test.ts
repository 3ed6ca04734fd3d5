import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostFacts } from '../../../src/core/fleet/host-facts.ts'
import { refusal } from '../../support/refusal.ts'

/** What an honest host without anything of ours says. */
const honest = {
  python: '3.11.2',
  uid: 0,
  hostname: 'host1',
  now: 1_800_000_000,
  directory: '/opt/shop',
  identity: null,
  current: null,
  generations: [1, 2],
  scopes: {},
  staged: null,
  leftovers: [],
  lease: { run: null, holder: null, until: 0, fence: 3 },
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
}

test('an honest host is read', () => {
  assert.equal(hostFacts(honest, 'host1').lease?.fence, 3)
})

const lies: readonly (readonly [string, object])[] = [
  ['a fence that cannot be counted on from', { lease: { ...honest.lease, fence: 2 ** 53 - 2 } }],
  ['a generation that cannot be counted on from', { generations: [2 ** 53 - 2] }],
  ['a generation below none', { current: -1 }],
  ['more generations than there can be', { generations: Array.from({ length: 200_000 }, () => 1) }],
  ['a lease beyond all dates', { lease: { ...honest.lease, until: 9e15 } }],
  ['a clock beyond all dates', { now: 9e15 }],
  ['text that cannot be written again', { hostname: '\ud800' }],
  ['a number where text belongs', { python: 3 }],
  ['a path longer than any', { paths: [[`/${'x'.repeat(16 * 1024)}`, 'file', 0o600, 0, 0, 1]] }],
  [
    'a path of the audit longer than any',
    {
      audit: {
        parents: [],
        marked: [],
        processes: { seen: 0, unread: 0, found: [] },
        places: [['piece', `/${"'".repeat(16 * 1024)}`, 'file', 0o666, 5, 0, 0, []]],
      },
    },
  ],
]

for (const [what, lie] of lies) {
  test(`${what} makes its host TAMPERED and nobody else`, async () => {
    const { at } = await refusal('TAMPERED', async () => hostFacts({ ...honest, ...lie }, 'host1'))
    assert.ok(at?.startsWith(`host1.${Object.keys(lie)[0]}`), at)
  })
}
