import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotatedSince, type WrittenSecret } from '../../../src/core/rotate/rotated-since.ts'
import { emptyMetadata, type Metadata, type SecretRecord } from '../../../src/core/secrets/metadata.ts'

const record = (over: Partial<SecretRecord> = {}): SecretRecord => ({
  version: 1,
  set: '2026-01-01T00:00:00Z',
  rotated: null,
  fingerprint: 'aa',
  before: null,
  ...over,
})
const rotated = record({ version: 2, fingerprint: 'bb', set: '2026-02-01T00:00:00Z', rotated: '2026-02-01T00:00:00Z' })
const edited = record({ version: 2, fingerprint: 'bb', set: '2026-02-02T00:00:00Z', rotated: '2026-02-01T00:00:00Z' })

const metadata = (files: Record<string, Record<string, SecretRecord>>, over: Partial<Metadata> = {}): Metadata => ({
  ...emptyMetadata('shop', 'production'),
  files: new Map(Object.entries(files).map(([path, records]) => [path, new Map(Object.entries(records))])),
  ...over,
})

const before = metadata({ 'db.env': { A: record(), B: record() }, 'hosts/h1/db.env': { A: record() } })
const own: WrittenSecret = { path: 'db.env', name: 'A', version: 2 }
const operators = new Map([['eve', { recipient: 'age1eve', added: '2026-02-01T00:00:00Z' }]])

const cases: readonly {
  readonly name: string
  readonly now: Metadata
  readonly written?: readonly WrittenSecret[]
  readonly paths: readonly string[]
  readonly others: readonly string[]
}[] = [
  { name: 'nothing', now: before, paths: [], others: [] },
  {
    name: 'a rotated value',
    now: metadata({ ...files(before), 'db.env': { A: rotated, B: record() } }),
    paths: ['db.env'],
    others: [],
  },
  {
    name: 'a value set since it was rotated',
    now: metadata({ ...files(before), 'db.env': { A: edited, B: record() } }),
    paths: ['db.env'],
    others: ['A'],
  },
  {
    name: 'a value that this run has brought back',
    now: metadata({ ...files(before), 'db.env': { A: edited, B: record() } }),
    written: [own],
    paths: ['db.env'],
    others: [],
  },
  {
    name: 'the same name in another file, and another version',
    now: metadata({ 'db.env': { A: { ...edited, version: 3 }, B: record() }, 'hosts/h1/db.env': { A: edited } }),
    written: [own],
    paths: ['db.env', 'hosts/h1/db.env'],
    others: ['A'],
  },
  {
    name: 'a file that is gone from the list',
    now: metadata({ 'db.env': { A: record(), B: record() } }),
    paths: ['hosts/h1/db.env'],
    others: ['A'],
  },
  {
    name: 'a new file of a rotated value',
    now: metadata({ ...files(before), 'new.env': { N: rotated } }),
    paths: ['new.env'],
    others: [],
  },
  { name: 'an operator', now: { ...before, operators }, paths: [], others: ['metadata.yaml'] },
  { name: 'an acceptance', now: { ...before, accepted: 'mac' }, paths: [], others: ['metadata.yaml'] },
]

function files(of: Metadata): Record<string, Record<string, SecretRecord>> {
  return Object.fromEntries([...of.files].map(([path, records]) => [path, Object.fromEntries(records)]))
}

for (const { name, now, written = [], paths, others } of cases) {
  test(`what lies between two commits: ${name}`, () => {
    const since = rotatedSince(before, now, written)
    assert.deepEqual([since.paths, since.others], [paths, others])
    assert.equal(since.names.length === 0, paths.length === 0)
  })
}
