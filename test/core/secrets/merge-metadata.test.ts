import assert from 'node:assert/strict'
import test from 'node:test'
import { mergeMetadata } from '../../../src/core/secrets/merge-metadata.ts'
import { emptyMetadata, type Metadata, type SecretRecord } from '../../../src/core/secrets/metadata.ts'
import { mergeMaps } from '../../../src/core/secrets/three-way.ts'

/** `A1x`: secret A, version 1, fingerprint xxxxxxxxxxxx; `-` as fingerprint: removed. */
const record = (text: string): readonly [string, SecretRecord] => [
  text[0] ?? '',
  {
    version: Number(text[1]),
    set: `2026-01-0${text[1]}T00:00:00Z`,
    rotated: null,
    fingerprint: text[2] === '-' ? null : (text[2] ?? '').repeat(12),
    before: null,
  },
]

const metadata = (files: Readonly<Record<string, string>>): Metadata => ({
  ...emptyMetadata('shop', 'production'),
  files: new Map(
    Object.entries(files).map(([path, texts]) => [path, new Map(texts.split(' ').filter(Boolean).map(record))]),
  ),
})

const shown = ({ files }: Metadata): Record<string, string> =>
  Object.fromEntries(
    Array.from(files, ([path, records]) => [
      path,
      Array.from(records, ([name, one]) => `${name}${one.version}${one.fingerprint?.[0] ?? '-'}`).join(' '),
    ]),
  )

test('one file: base, ours, theirs, merged, conflicting', () => {
  const table: readonly (readonly [string, string, string, string, string])[] = [
    ['A1a B1b', 'A2c B1b', 'A1a B2d', 'A2c B2d', ''],
    ['A1a', 'A1a B1b', 'A1a C1c', 'A1a B1b C1c', ''],
    ['A1a', 'A2c', 'A2c', 'A2c', ''],
    ['A1a', 'A2c', 'A2d', 'A3c', 'A'],
    ['A1a', 'A2c', 'A4d', 'A5c', 'A'],
    ['A1a', 'A2-', 'A2d', 'A3-', 'A'],
    ['A1a', 'A2c', 'A2-', 'A3c', 'A'],
    ['A1a', 'A2-', 'A1a', 'A2-', ''],
    ['A1a', 'A3a', 'A2d', 'A4d', ''],
    ['A1a', 'A2d', 'A3a', 'A4d', ''],
    ['', 'A1c', 'A1d', 'A2c', 'A'],
    ['', 'A1c', 'A1c', 'A1c', ''],
  ]
  for (const [base, ours, theirs, merged, conflicting] of table) {
    const [b, o, t] = [base, ours, theirs].map((text) => metadata({ 'x.env': text }))
    assert.ok(b !== undefined && o !== undefined && t !== undefined)
    const result = mergeMetadata(b, o, t)
    assert.deepEqual(shown(result.metadata), { 'x.env': merged }, `${base} | ${ours} | ${theirs}`)
    assert.equal(result.conflicts.map((line) => line[0]).join(''), conflicting, `${base} | ${ours} | ${theirs}`)
  }
})

test('what is accepted: of the branch that changed it, ours and a conflict where both did', () => {
  const at = (accepted: string | null): Metadata => ({ ...metadata({}), accepted })
  const table: readonly (readonly [string | null, string | null, string | null, string | null, boolean])[] = [
    [null, null, 'a', 'a', false],
    ['a', 'a', 'b', 'b', false],
    ['a', 'b', 'a', 'b', false],
    ['a', 'b', 'b', 'b', false],
    ['a', 'b', 'c', 'b', true],
    [null, 'b', 'c', 'b', true],
  ]
  for (const [base, ours, theirs, merged, isConflict] of table) {
    const result = mergeMetadata(at(base), at(ours), at(theirs))
    assert.equal(result.metadata.accepted, merged)
    assert.equal(result.conflicts.length > 0, isConflict)
  }
})

test('files: new on either side, removed on one', () => {
  const base = metadata({ 'x.env': 'A1a', 'y.env': 'B1b' })
  const ours = metadata({ 'x.env': 'A1a', 'new.env': 'N1n' })
  const theirs = metadata({ 'x.env': 'A1a', 'y.env': 'B1b', 'hosts/h/x.env': 'A1h' })
  const { metadata: merged, conflicts } = mergeMetadata(base, ours, theirs)
  assert.deepEqual(shown(merged), { 'x.env': 'A1a', 'new.env': 'N1n', 'hosts/h/x.env': 'A1h' })
  assert.deepEqual(conflicts, [])
})

test('one name in two groups is a conflict, in a group and for a host it is not', () => {
  const { conflicts } = mergeMetadata(metadata({}), metadata({ 'x.env': 'A1a' }), metadata({ 'y.env': 'A1b' }))
  assert.deepEqual(conflicts, ['A: now in the groups x and y'])
  const both = mergeMetadata(metadata({}), metadata({ 'x.env': 'A1a' }), metadata({ 'hosts/h/x.env': 'A1b' }))
  assert.deepEqual(both.conflicts, [])
})

test('a conflict says names and fingerprints', () => {
  const { conflicts } = mergeMetadata(
    metadata({ 'x.env': 'A1a' }),
    metadata({ 'x.env': 'A2b' }),
    metadata({ 'x.env': 'A2-' }),
  )
  assert.deepEqual(conflicts, ['A in x.env: ours bbbbbbbbbbbb, theirs removed'])
})

test('maps merge by key', () => {
  const map = (text: string): ReadonlyMap<string, string> =>
    new Map(
      text
        .split(' ')
        .filter(Boolean)
        .map((pair) => [pair[0] ?? '', pair[1] ?? '']),
    )
  const merge = (base: string, ours: string, theirs: string): string => {
    const { merged, conflicts } = mergeMaps(map(base), map(ours), map(theirs), (a, b) => a === b)
    return `${Array.from(merged, ([key, value]) => key + value).join(' ')}|${conflicts.join(' ')}`
  }
  assert.equal(merge('a1 b1', 'a2 b1', 'a1 b2 c1'), 'a2 b2 c1|')
  assert.equal(merge('a1', 'a2', 'a3'), 'a2|a')
  assert.equal(merge('a1', '', 'a3'), '|a')
  assert.equal(merge('a1', 'a3', ''), 'a3|a')
  assert.equal(merge('a1 b1', 'b1', 'a1'), '|')
  assert.equal(merge('', 'a1', 'a1'), 'a1|')
})
