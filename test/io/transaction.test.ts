import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { files } from '../../src/io/files.ts'
import { formatJournal, type Journal, parseJournal } from '../../src/io/journal.ts'
import { ownIdentity } from '../../src/io/process-identity.ts'
import { refusal } from '../support/refusal.ts'
import { bytesOf, temporary } from '../support/temporary.ts'

const dead = async (): Promise<Journal['owner']> => ({ ...(await ownIdentity()), pid: 999_999_999 })
const stagedA = '.a.999999999-1-00000000-00000001.tmp'
const stagedB = '.b.999999999-1-00000000-00000002.tmp'

const leave = (root: string, journal: Journal): void => {
  mkdirSync(join(root, '.lockstep'), { recursive: true, mode: 0o700 })
  writeFileSync(join(root, '.lockstep/transaction.json'), formatJournal(journal), { mode: 0o600 })
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
    leave(root, { state: 'committed', owner: await dead(), entries })
    assert.equal(await files.recover(root), true)
    assert.equal(read(root, 'a'), 'new')
    assert.equal(read(root, 'sub/b'), 'new')
    assert.deepEqual(readdirSync(root).toSorted(), ['.lockstep', 'a', 'sub'])
    assert.deepEqual(readdirSync(join(root, '.lockstep')), [])
  }
})

test('a change of a dead process that was not committed leaves nothing behind', async (t) => {
  const root = temporary(t, { a: 'old', [stagedA]: 'half' })
  leave(root, {
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
  leave(root, { state: 'committed', owner: await dead(), entries: [{ path: 'a', staged: stagedA }] })
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

test('a journal that is not ours is not obeyed', async (t) => {
  const owner = await dead()
  const planted: readonly string[] = [
    'x',
    '[]',
    '{"format":2}',
    JSON.stringify({ format: 1, state: 'committed', owner, entries: [{ path: '../a', staged: null }] }),
    JSON.stringify({ format: 1, state: 'committed', owner, entries: [{ path: '/etc/passwd', staged: null }] }),
    JSON.stringify({ format: 1, state: 'committed', owner, entries: [{ path: 'a', staged: '../b' }] }),
    JSON.stringify({ format: 1, state: 'committed', owner, entries: [{ path: 'a', staged: 'b' }] }),
    JSON.stringify({ format: 1, state: 'done', owner, entries: [] }),
    JSON.stringify({ format: 1, state: 'committed', owner: {}, entries: [] }),
  ]
  for (const text of planted) {
    const root = temporary(t, { a: 'old', b: 'other', '.lockstep/transaction.json': text })
    await refusal('TAMPERED', files.recover(root))
    assert.equal(read(root, 'a'), 'old')
  }
  const root = temporary(t, { a: 'old' })
  leave(root, { state: 'committed', owner, entries: [{ path: 'a', staged: null }] })
  chmodSync(join(root, '.lockstep/transaction.json'), 0o644)
  await refusal('UNSAFE', files.recover(root))
  assert.ok(existsSync(join(root, 'a')))
})

test('an empty journal, as a power cut leaves one, is no change', async (t) => {
  const root = temporary(t, { a: 'old', '.lockstep/transaction.json': '' })
  assert.equal(await files.recover(root), false)
  await files.transact(root, [{ path: 'a', bytes: bytesOf('new') }])
  assert.equal(read(root, 'a'), 'new')
  assert.equal(parseJournal(new Uint8Array(100), 'journal'), null)
})
