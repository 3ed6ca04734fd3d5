import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { canonical } from '../../../src/core/canonical.ts'
import { cutFingerprint, fingerprintInput } from '../../../src/core/secrets/fingerprint.ts'
import { checkFile, checkList, problemError } from '../../../src/core/secrets/metadata-check.ts'
import { formatMetadata, parseMetadata } from '../../../src/core/secrets/metadata-text.ts'
import type { Metadata, SecretRecord } from '../../../src/core/secrets/metadata.ts'
import { groupPath, macInput, nextVersion, parseGroupPath, placesOf } from '../../../src/core/secrets/metadata.ts'

const time = '2025-11-22T15:00:00Z'
const record = (fingerprint: string | null, version = 1, before: string | null = null): SecretRecord => ({
  version,
  set: time,
  rotated: version > 1 ? time : null,
  fingerprint,
  before,
})
const [a, b, c, d] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc', 'dddddddddddd']

const metadata: Metadata = {
  project: 'shop',
  environment: 'production',
  files: new Map([
    [
      'aws.env',
      new Map([
        ['KEY', record(a, 3, b)],
        ['OLD', record(null, 2, c)],
        ['ID', record(d)],
      ]),
    ],
    ['cdn.env', new Map([['TOKEN', record(c)]])],
    ['hosts/onode1/aws.env', new Map([['KEY', record(d, 4)]])],
  ]),
  operators: new Map([['ada', { recipient: 'age1qqq "x"', added: time }]]),
  recovery: { recipient: `age1${'q'.repeat(58)}`, added: time, check: '0'.repeat(32) },
  accepted: 'a'.repeat(64),
}
const mac = 'f'.repeat(64)
const text = formatMetadata({ metadata, mac })

test('what is written is read back, and is YAML that says the same', () => {
  assert.deepEqual(parseMetadata(text, 'm'), { metadata, mac })
  assert.deepEqual(parseMetadata(text.replaceAll('\n', '\r\n'), 'm'), { metadata, mac })
  const yaml: unknown = parse(text)
  assert(typeof yaml === 'object' && yaml !== null && 'files' in yaml)
  assert.deepEqual(Object.keys(yaml.files ?? {}), ['aws.env', 'cdn.env', 'hosts/onode1/aws.env'])
})

test('the text does not depend on the order of insertion', () => {
  const files = new Map(
    Array.from(metadata.files)
      .reverse()
      .map(([path, records]) => [path, new Map(Array.from(records).reverse())]),
  )
  assert.equal(formatMetadata({ metadata: { ...metadata, files }, mac }), text)
  assert.equal(canonical(macInput({ ...metadata, files })), canonical(macInput(metadata)))
})

test('every member is under the MAC', () => {
  const seen = new Set([canonical(macInput(metadata))])
  const changed: readonly Metadata[] = [
    { ...metadata, project: 'x' },
    { ...metadata, environment: 'x' },
    { ...metadata, operators: new Map() },
    { ...metadata, recovery: null },
    { ...metadata, accepted: null },
    { ...metadata, accepted: 'b'.repeat(64) },
    ...[record(b), record(a, 2), { ...record(a), set: 'x' }, { ...record(a), rotated: 'x' }, record(a, 1, c)].map(
      (one) => ({
        ...metadata,
        files: new Map([['aws.env', new Map([['KEY', one]])]]),
      }),
    ),
  ]
  for (const one of changed) seen.add(canonical(macInput(one)))
  assert.equal(seen.size, changed.length + 1)
})

const refused: readonly [string, string, string, RegExp][] = [
  ['a foreign line', text.replace('files:\n', 'files:\n  junk\n'), 'TAMPERED', /m:6$/],
  ['a path that leaves', text.replace('  cdn.env:', '  ../cdn.env:'), 'TAMPERED', /m:\d+$/],
  ['a host that leaves', text.replace('hosts/onode1/', 'hosts/../'), 'TAMPERED', /m:\d+$/],
  ['a name twice', text.replace('    OLD: {', '    KEY: {'), 'TAMPERED', /m:\d+$/],
  ['a file twice', text.replace('  cdn.env:', '  aws.env:'), 'TAMPERED', /m:\d+$/],
  ['a section twice', `${text}mac: ${mac}\n`, 'TAMPERED', /m:\d+$/],
  ['version 0', text.replace('version: 3', 'version: 0'), 'TAMPERED', /m:\d+$/],
  ['accepted is no MAC', text.replace(/accepted: a/, 'accepted: x'), 'TAMPERED', /m$/],
  ['no MAC', text.replace(/mac: .*\n/, ''), 'TAMPERED', /m$/],
  ['cut', text.slice(0, 200), 'TAMPERED', /^m/],
  ['empty', '', 'TAMPERED', /m$/],
  ['newer', text.replace('format: 1', 'format: 2'), 'CONFIG', /m$/],
  ['a merge', text.replace('    KEY', '<<<<<<< HEAD\n    KEY'), 'CONFLICT', /m:\d+$/],
]

for (const [name, broken, code, at] of refused) {
  test(`metadata refused: ${name}`, () => {
    assert.throws(
      () => parseMetadata(broken, 'm'),
      (error) => {
        assert(error instanceof Error && 'code' in error && 'at' in error)
        assert.equal(error.code, code)
        assert.match(String(error.at), at)
        return true
      },
    )
  })
}

test('the ways out of marks of a merge, and of a file that nobody knows, are named', () => {
  assert.throws(() => parseMetadata(`<<<<<<< HEAD\n${text}`, 'm'), {
    hint: /^git merge --abort, lockstep init .* again$/,
  })
  const unknown = problemError({ kind: 'unknown', path: 'x.env', secrets: [], from: null }, 'secrets')
  assert.equal(unknown.hint, 'if you put it there: lockstep adopt secrets/x.env; else: rm secrets/x.env')
})

const found = (entries: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(entries))

const states: readonly [string, string, Record<string, string>, string | null, string | null, readonly string[]][] = [
  ['as recorded', 'aws.env', { KEY: a, ID: d }, null, null, []],
  ['a value changed', 'aws.env', { KEY: 'eeeeeeeeeeee', ID: d }, 'changed', null, ['KEY']],
  ['a secret added', 'aws.env', { KEY: a, ID: d, NEW: b }, 'changed', null, ['NEW']],
  ['a secret dropped', 'aws.env', { ID: d }, 'changed', null, ['KEY']],
  ['an older version', 'aws.env', { KEY: b, ID: d }, 'older', null, ['KEY']],
  ['older, with what was removed since', 'aws.env', { KEY: b, ID: d, OLD: c }, 'older', null, ['KEY', 'OLD']],
  ['older, before one was there', 'aws.env', { KEY: b }, 'older', null, ['ID', 'KEY']],
  ['another file put in its place', 'aws.env', { TOKEN: c }, 'swapped', 'cdn.env', []],
  ['another host in its place', 'aws.env', { KEY: d }, 'swapped', 'hosts/onode1/aws.env', []],
  ['a renamed file', 'new.env', { TOKEN: c }, 'renamed', 'cdn.env', []],
  ['a foreign file', 'new.env', { X: a }, 'unknown', null, []],
]

for (const [name, path, entries, kind, from, secrets] of states) {
  test(`file: ${name}`, () => {
    const problem = checkFile(metadata, path, found(entries))
    assert.deepEqual(problem, kind === null ? null : { kind, path, from, secrets })
    if (problem === null) return
    const error = problemError(problem, 'secrets')
    assert.equal(error.code, 'TAMPERED')
    assert.equal(error.at, `secrets/${path}`)
    assert.match(error.hint ?? '', /lockstep adopt|git checkout|rm secrets/)
  })
}

test('the list of files', () => {
  const problems = checkList(metadata, ['aws.env', 'hosts/onode1/aws.env', 'extra.env'])
  assert.deepEqual(
    problems.map(({ kind, path }) => [kind, path]),
    [
      ['dropped', 'cdn.env'],
      ['unknown', 'extra.env'],
    ],
  )
})

test('versions count over all files and never go back', () => {
  assert.deepEqual(
    ['KEY', 'OLD', 'TOKEN', 'NONE'].map((name) => nextVersion(metadata, name)),
    [5, 3, 2, 1],
  )
  assert.deepEqual(
    placesOf(metadata, 'KEY').map((place) => place.path),
    ['aws.env', 'hosts/onode1/aws.env'],
  )
  assert.deepEqual(placesOf(metadata, 'OLD'), [])
})

test('paths of groups', () => {
  assert.deepEqual(parseGroupPath(groupPath('aws', 'onode1')), { group: 'aws', host: 'onode1' })
  assert.deepEqual(parseGroupPath(groupPath('aws')), { group: 'aws', host: null })
  for (const path of ['metadata.yaml', 'hosts/aws.env', '../aws.env', 'a/b.env', '.env'])
    assert.equal(parseGroupPath(path), null)
})

test('a fingerprint is the first six bytes, zeros and all', () => {
  assert.equal(cutFingerprint(Uint8Array.of(0, 1, 0x0f, 0x10, 0x7f, 0xff, 0xaa)), '00010f107fff')
  const part = Uint8Array.of(0xaa, 0xbb, 0xff, 0, 0, 0, 0, 9, 1).subarray(2)
  assert.equal(cutFingerprint(part), 'ff0000000009')
})

test('fingerprints keep name and value apart', () => {
  const bytes = new TextEncoder()
  assert.notDeepEqual(fingerprintInput('AB', bytes.encode('C')), fingerprintInput('A', bytes.encode('BC')))
  assert.deepEqual(fingerprintInput('A', bytes.encode('é')), Uint8Array.from([0, 0, 0, 1, 65, 0, 0, 0, 2, 0xc3, 0xa9]))
  assert.equal(cutFingerprint(Uint8Array.from([1, 2, 0xff, 0, 16, 32, 99])), '0102ff001020')
})
