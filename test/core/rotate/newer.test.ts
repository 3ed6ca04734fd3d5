import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ledger, LedgerGeneration, LedgerHost } from '../../../src/core/fleet/ledger.ts'
import { newerVersion, type Compared, type FleetVersions, type NewerVersion } from '../../../src/core/rotate/newer.ts'
import type { SecretRecord } from '../../../src/core/secrets/metadata.ts'
import { openCredential } from '../../support/rotation.ts'

/** By file, the version of KEY; below nothing: it was removed. */
const metadata = (files: Readonly<Record<string, number>>): FleetVersions['metadata'] => ({
  files: new Map(Object.entries(files).map(([path, version]) => [path, new Map([['KEY', record(version)]])])),
})

const record = (version: number): SecretRecord => ({
  version: Math.abs(version),
  set: '',
  rotated: null,
  fingerprint: version < 0 ? null : 'f',
  before: null,
})

const generation = (number: number, KEY: number): LedgerGeneration => ({
  number,
  id: 'i',
  revision: number,
  at: '',
  state: 'used',
  secrets: { KEY },
})

/** Versions of KEY in its generations 1, 2, and so on. */
const has = (current: number | null, ...versions: readonly number[]): LedgerHost => ({
  id: 'id-of-it',
  current,
  generations: versions.map((version, index) => generation(index + 1, version)),
})

const answers = (current: number, id = 'id-of-it'): ReturnType<FleetVersions['facts']> => ({
  identity: { project: 'shop', environment: 'production', host: 'host1', id },
  current,
})

interface Case {
  readonly files?: Readonly<Record<string, number>>
  readonly ledger?: Partial<Ledger>
  readonly facts?: ReturnType<FleetVersions['facts']>
  readonly one?: Partial<Compared>
}

const hosts = (host1: LedgerHost): Partial<Ledger> => ({ hosts: { host1 } })
const shared = { 'aws.env': 2 }
const both = { ...shared, 'hosts/host1/aws.env': 5 }
const ofHost = { one: { host: 'host1' } }
const other = openCredential({ id: 'other', names: ['KEY'], versions: { KEY: 4 } })

const cases: readonly (readonly [string, Case, string | null])[] = [
  ['the same everywhere', { ledger: hosts(has(1, 2)) }, null],
  ['nothing was delivered', {}, null],
  ['a host is behind', { ledger: hosts(has(1, 1)) }, null],
  ['a host has a newer one', { ledger: hosts(has(1, 3)) }, 'KEY 3 on host1, 2 here'],
  ['a value that is not here at all', { files: {}, ledger: hosts(has(1, 3)) }, 'KEY 3 on host1, 0 here'],
  ['given to it by a run that was cut off', { ledger: hosts(has(1, 2, 3)) }, 'KEY 3 on host1, 2 here'],
  ['that run never came so far: the host says so', { ledger: hosts(has(1, 2, 3)), facts: answers(1) }, null],
  ['or it did', { ledger: hosts(has(1, 2, 3)), facts: answers(2) }, 'KEY 3 on host1, 2 here'],
  [
    'another machine answers',
    { ledger: hosts(has(1, 2, 3)), facts: answers(1, 'id-of-another') },
    'KEY 3 on host1, 2 here',
  ],
  [
    'somebody put its older generation back',
    { ledger: hosts(has(2, 2, 3)), facts: answers(1) },
    'KEY 3 on host1, 2 here',
  ],
  ['it was taken back on purpose', { ledger: hosts(has(2, 3, 2)) }, null],
  ['the host was forgotten', { ledger: hosts(has(null)) }, null],
  ['the host is abandoned', { ledger: hosts(has(1, 3)), one: { abandoned: ['host1'] } }, null],
  ['this rotation has brought it there', { ledger: hosts(has(1, 3)), one: { own: { KEY: 3 } } }, null],
  [
    'and somebody else another one since',
    { ledger: hosts(has(1, 4)), one: { own: { KEY: 3 } } },
    'KEY 4 on host1, 3 here',
  ],
  ['the shared one, where the host has its own', { files: both, ledger: hosts(has(1, 6)) }, null],
  ['which is newer than here', { files: both, ledger: hosts(has(1, 6)), ...ofHost }, 'KEY 6 on host1, 5 here'],
  ['its own one as it is here', { files: both, ledger: hosts(has(1, 5)), ...ofHost }, null],
  [
    'the shared one of before it had its own',
    { files: { 'aws.env': 7, 'hosts/host1/aws.env': 8 }, ledger: hosts(has(1, 7)), ...ofHost },
    null,
  ],
  ['the value of another host', { files: both, ledger: { hosts: { host2: has(1, 9) } }, ...ofHost }, null],
  [
    'its own one was removed here',
    { files: { 'aws.env': 2, 'hosts/host1/aws.env': -6 }, ledger: hosts(has(1, 5)) },
    null,
  ],
  [
    'another clone gave it its own value',
    { files: { 'aws.env': 2, 'hosts/host2/aws.env': 9 }, ledger: hosts(has(1, 3)) },
    'KEY 3 on host1, 2 here',
  ],
  ['it was in another group before', { files: { 'aws.env': -3, 'db.env': 4 }, ledger: hosts(has(1, 3)) }, null],
  ['a rotation that is over, of what no host has', { ledger: { ended: { KEY: 3 } } }, 'KEY 3 in the ledger, 2 here'],
  ['a first value that was taken back', { files: {}, ledger: { ended: { KEY: 3 }, ...hosts(has(1)) } }, null],
  [
    'a first value that went well, of an administrator',
    { files: {}, ledger: { ended: { KEY: 1 } }, one: { isGiven: false } },
    'KEY 1 in the ledger, 0 here',
  ],
  ['which is the one that is here', { ledger: { ended: { KEY: 2 } } }, null],
  ['of the value of a host', { ledger: { ended: { 'KEY@host1': 9 } } }, null],
  ['and this is it', { files: both, ledger: { ended: { 'KEY@host1': 9 } }, ...ofHost }, 'KEY 9 in the ledger, 5 here'],
  ['a rotation under another name', { ledger: { credentials: [other] } }, 'KEY 4 in the ledger, 2 here'],
  ['of the value of a host, too', { ledger: { credentials: [{ ...other, host: 'host1' }] } }, null],
  ['its own', { ledger: { credentials: [{ ...other, id: 'aws' }] } }, null],
]
for (const [title, { files = shared, ledger = {}, facts = null, one = {} }, expected] of cases) {
  test(`what the fleet has newer than this clone: ${title}`, () => {
    const newer = newerVersion({ metadata: metadata(files), ledger: { hosts: {}, ...ledger }, facts: () => facts })
    const found = newer({ id: 'aws', host: null, names: ['KEY'], own: {}, isGiven: true, abandoned: [], ...one })
    assert.equal(found === null ? null : words(found), expected)
  })
}

const words = ({ name, version, host, here }: NewerVersion): string =>
  `${name} ${version} ${host === null ? 'in the ledger' : `on ${host}`}, ${here} here`
