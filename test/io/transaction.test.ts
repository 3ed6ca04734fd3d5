import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { files } from '../../src/io/files.ts'
import { formatJournal, type Journal, parseJournal } from '../../src/io/journal.ts'
import { journalKey } from '../../src/io/journal-key.ts'
import { ownIdentity } from '../../src/io/process-identity.ts'
import { underWay } from '../../src/io/recovery.ts'
import { refusal } from '../support/refusal.ts'
import { bytesOf, temporary } from '../support/temporary.ts'

const dead = async (): Promise<Journal['owner']> => ({ ...(await ownIdentity()), pid: 999_999_999 })
const stagedA = '.a.999999999-1-00000000-00000001.tmp'
const stagedB = '.b.999999999-1-00000000-00000002.tmp'

// The person's own place, which is not that of whoever runs the tests.
const state = mkdtempSync(join(tmpdir(), 'lockstep-state-'))
process.env['XDG_STATE_HOME'] = state
after(() => rmSync(state, { recursive: true }))

const leave = async (root: string, journal: Journal, key?: Uint8Array): Promise<void> => {
  mkdirSync(join(root, '.lockstep'), { recursive: true, mode: 0o700 })
  const bytes = formatJournal(journal, key ?? (await journalKey(root)))
  writeFileSync(join(root, '.lockstep/transaction.json'), bytes, { mode: 0o600 })
}

const read = (root: string, path: string): string => readFileSync(join(root, path), 'utf8')

test('several files change as one', async (t) => {
  const root = temporary(t, { a: 'old', 'secrets/gone': 'old' })
  await files.transact(root, [
    { path: 'a', bytes: bytesOf('new') },
    { path: join(root, 'secrets/made/b'), bytes: bytesOf('new'), mode: 0o644 },
    { path: 'secrets/gone', bytes: null },
    { path: 'secrets/never-was', bytes: null },
  ])
  assert.equal(read(root, 'a'), 'new')
  assert.equal(read(root, 'secrets/made/b'), 'new')
  assert.deepEqual(readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted(), [
    '.lockstep',
    'a',
    'secrets',
    'secrets/made',
    'secrets/made/b',
  ])
  assert.equal(await files.recover(root), false)
})

test('a committed change of a dead process is finished, from any step', async (t) => {
  const entries = [
    { path: 'a', staged: stagedA },
    { path: 'sub/b', staged: stagedB },
    { path: 'gone', staged: null },
  ]
  const steps: readonly Readonly<Record<string, string>>[] = [
    { a: 'old', [stagedA]: 'new', 'sub/b': 'old', [`sub/${stagedB}`]: 'new', gone: 'old' },
    { a: 'new', 'sub/b': 'old', [`sub/${stagedB}`]: 'new', gone: 'old' },
    { a: 'new', 'sub/b': 'new', gone: 'old' },
    { a: 'new', 'sub/b': 'new' },
  ]
  for (const tree of steps) {
    const root = temporary(t, tree)
    await leave(root, { state: 'committed', owner: await dead(), entries })
    assert.equal(await files.recover(root), true)
    assert.equal(read(root, 'a'), 'new')
    assert.equal(read(root, 'sub/b'), 'new')
    assert.deepEqual(readdirSync(root).toSorted(), ['.lockstep', 'a', 'sub'])
    assert.deepEqual(readdirSync(join(root, '.lockstep')), [])
  }
})

test('a change of a dead process that was not committed leaves nothing behind', async (t) => {
  const root = temporary(t, { a: 'old', [stagedA]: 'half' })
  await leave(root, {
    state: 'staging',
    owner: await dead(),
    entries: [
      { path: 'a', staged: stagedA },
      { path: 'no/such/b', staged: stagedB },
    ],
  })
  assert.equal(await files.recover(root), true)
  assert.equal(read(root, 'a'), 'old')
  assert.deepEqual(readdirSync(root).toSorted(), ['.lockstep', 'a'])
  assert.equal(await files.recover(root), false)
})

test('the next change finishes the one before it first', async (t) => {
  const root = temporary(t, { a: 'old', [stagedA]: 'new', b: 'old' })
  await leave(root, { state: 'committed', owner: await dead(), entries: [{ path: 'a', staged: stagedA }] })
  await files.transact(root, [{ path: 'b', bytes: bytesOf('newer') }])
  assert.equal(read(root, 'a'), 'new')
  assert.equal(read(root, 'b'), 'newer')
})

test('changes at the same time come one after the other', async (t) => {
  const root = temporary(t)
  const all = Array.from({ length: 12 }, (_, i) => `${i}`)
  await Promise.all(
    all.map((text) =>
      files.transact(root, [
        { path: 'a', bytes: bytesOf(text) },
        { path: 'b', bytes: bytesOf(text) },
      ]),
    ),
  )
  assert.equal(read(root, 'a'), read(root, 'b'))
  assert.deepEqual(readdirSync(root).toSorted(), ['.lockstep', 'a', 'b'])
})

test('whose a journal is, is known before it is there: another change at the same time would sweep it', async (t) => {
  const root = temporary(t)
  const change = files.transact(root, [{ path: 'a', bytes: bytesOf('new') }])
  while (!existsSync(join(root, '.lockstep', 'transaction.json'))) await setImmediate()
  assert.ok(underWay.has(root))
  await change
  assert.ok(!underWay.has(root))
})

test('of two changes the first to end does not hide the other', () => {
  for (let i = 0; i < 2; i++) underWay.enter('/x')
  underWay.leave('/x')
  assert.ok(underWay.has('/x'))
  underWay.leave('/x')
  assert.ok(!underWay.has('/x'))
})

test('a journal that cannot be read is not obeyed', async (t) => {
  const owner = await dead()
  const key = await journalKey('/nowhere')
  const state = 'committed'
  const planted: readonly (string | Uint8Array)[] = [
    'x',
    '[]',
    '{"format":2}',
    JSON.stringify({ format: 1, state, owner, entries: [{ path: 'a', staged: null }] }),
    JSON.stringify({ format: 2, change: { state, owner, entries: [{ path: 'a', staged: null }] } }),
    JSON.stringify({ format: 2, change: { state, owner, entries: [{ path: 'a', staged: null }] }, mac: 'x' }),
    JSON.stringify({ format: 2, change: { state: 'done', owner, entries: [] }, mac: '0'.repeat(64) }),
    JSON.stringify({ format: 2, change: { state, owner: {}, entries: [] }, mac: '0'.repeat(64) }),
    ...[
      { path: '../a', staged: null },
      { path: '/etc/passwd', staged: null },
      { path: 'a', staged: '../b' },
      { path: 'a', staged: 'b' },
    ].map((entry) => formatJournal({ state, owner, entries: [entry] }, key)),
  ]
  for (const bytes of planted) {
    const root = temporary(t, { a: 'old', b: 'other', '.lockstep/transaction.json': Buffer.from(bytes).toString() })
    await refusal('TAMPERED', files.recover(root))
    assert.equal(read(root, 'a'), 'old')
  }
})

test('a journal that came with the files is not obeyed, whatever its mode', async (t) => {
  const owner = await dead()
  const entries = [
    { path: 'a', staged: stagedA },
    { path: 'b', staged: null },
  ]
  for (const [name, key] of [
    ['another key', new Uint8Array(32)],
    ['no key', new Uint8Array(0)],
  ] as const) {
    for (const [state, mode] of [
      ['committed', 0o600],
      ['committed', 0o644],
      ['staging', 0o600],
    ] as const) {
      const root = temporary(t, { a: 'old', b: 'old', [stagedA]: 'theirs' })
      await leave(root, { state, owner, entries }, key)
      chmodSync(join(root, '.lockstep/transaction.json'), mode)
      const refused = await refusal('TAMPERED', files.recover(root))
      assert.match(refused.hint ?? '', /rm -r .*\.lockstep$/, name)
      assert.doesNotMatch(refused.hint ?? '', /chmod/)
      await refusal('TAMPERED', files.transact(root, [{ path: 'c', bytes: bytesOf('new') }]))
      assert.deepEqual([read(root, 'a'), read(root, 'b'), read(root, stagedA)], ['old', 'old', 'theirs'])
      assert.ok(!existsSync(join(root, 'c')))
    }
  }
})

test('a journal of ours in which one word was changed is not obeyed', async (t) => {
  const root = temporary(t, { a: 'old', b: 'old' })
  await leave(root, { state: 'committed', owner: await dead(), entries: [{ path: 'a', staged: null }] })
  const path = join(root, '.lockstep/transaction.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace('"path":"a"', '"path":"b"'))
  await refusal('TAMPERED', files.recover(root))
  assert.deepEqual([read(root, 'a'), read(root, 'b')], ['old', 'old'])
})

test('a key below the project is no key of ours: the project could have brought it', async (t) => {
  const root = temporary(t, { a: 'old', 'home/lockstep/journal-key': 'k'.repeat(32) })
  process.env['XDG_STATE_HOME'] = join(root, 'home')
  t.after(() => (process.env['XDG_STATE_HOME'] = state))
  const entries = [{ path: 'a', staged: null }]
  await leave(root, { state: 'committed', owner: await dead(), entries }, bytesOf('k'.repeat(32)))
  await refusal('TAMPERED', files.recover(root))
  assert.equal(read(root, 'a'), 'old')
})

test('where no key can be kept files change all the same, and this process finishes what it began', async (t) => {
  for (const place of ['/dev/null/state', '/proc/state']) {
    process.env['XDG_STATE_HOME'] = place
    t.after(() => (process.env['XDG_STATE_HOME'] = state))
    const root = temporary(t, { a: 'old', [stagedA]: 'new' })
    await files.transact(root, [{ path: 'b', bytes: bytesOf('new') }])
    assert.equal(read(root, 'b'), 'new')
    await leave(root, { state: 'committed', owner: await dead(), entries: [{ path: 'a', staged: stagedA }] })
    assert.equal(await files.recover(root), true)
    assert.equal(read(root, 'a'), 'new')
  }
})

test('the key is made once, for its person alone', async () => {
  const place = join(state, 'fresh')
  process.env['XDG_STATE_HOME'] = place
  try {
    const all = await Promise.all(Array.from({ length: 5 }, () => journalKey('/nowhere')))
    assert.equal(new Set(all.map((key) => Buffer.from(key).toString('hex'))).size, 1)
    const made = join(place, 'lockstep/journal-key')
    assert.deepEqual(new Uint8Array(readFileSync(made)), all[0])
    assert.equal(statSync(made).mode & 0o777, 0o600)
  } finally {
    process.env['XDG_STATE_HOME'] = state
  }
})

test('an empty journal, as a power cut leaves one, is no change', async (t) => {
  const root = temporary(t, { a: 'old', '.lockstep/transaction.json': '' })
  assert.equal(await files.recover(root), false)
  await files.transact(root, [{ path: 'a', bytes: bytesOf('new') }])
  assert.equal(read(root, 'a'), 'new')
  assert.equal(parseJournal(new Uint8Array(100), 'journal'), null)
})
