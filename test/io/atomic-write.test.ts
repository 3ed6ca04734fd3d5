import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { files } from '../../src/io/files.ts'
import { refusal } from '../support/refusal.ts'
import { bytesOf, temporary } from '../support/temporary.ts'

const modeOf = (path: string): number => statSync(path).mode & 0o7777

test('modes hold under any umask', async (t) => {
  const before = process.umask()
  t.after(() => process.umask(before))
  for (const umask of [0o000, 0o022, 0o077, 0o777]) {
    const root = temporary(t)
    process.umask(umask)
    await files.write(join(root, 'default'), bytesOf('x'))
    await files.write(join(root, 'wide'), bytesOf('x'), { mode: 0o644 })
    await files.create(join(root, 'read-only'), bytesOf('x'), { mode: 0o400 })
    await files.makeDirectory(join(root, 'a/b'))
    await files.makeDirectory(join(root, 'c/d'), { mode: 0o755 })
    await files.transact(root, [{ path: 'e/f', bytes: bytesOf('x') }])
    process.umask(before)
    assert.equal(modeOf(join(root, 'default')), 0o600)
    assert.equal(modeOf(join(root, 'wide')), 0o644)
    assert.equal(modeOf(join(root, 'read-only')), 0o400)
    for (const made of ['a', 'a/b', 'e', '.lockstep']) assert.equal(modeOf(join(root, made)), 0o700, made)
    for (const made of ['c', 'c/d']) assert.equal(modeOf(join(root, made)), 0o755, made)
    assert.equal(modeOf(join(root, 'e/f')), 0o600)
  }
})

test('a wide file becomes private when it is written again', async (t) => {
  const root = temporary(t, { a: 'old' })
  chmodSync(join(root, 'a'), 0o666)
  await files.write(join(root, 'a'), bytesOf('new'))
  assert.equal(modeOf(join(root, 'a')), 0o600)
  assert.equal(readFileSync(join(root, 'a'), 'utf8'), 'new')
  assert.deepEqual(readdirSync(root), ['a'])
})

test(
  'root leaves a file to its owner',
  { skip: process.getuid?.() !== 0 && 'only root can give files away' },
  async (t) => {
    const root = temporary(t, { a: 'old' })
    chownSync(join(root, 'a'), 1234, 1235)
    await files.write(join(root, 'a'), bytesOf('new'))
    await files.transact(root, [{ path: 'a', bytes: bytesOf('newer') }])
    const { uid, gid } = statSync(join(root, 'a'))
    assert.deepEqual({ uid, gid }, { uid: 1234, gid: 1235 })
  },
)

test('what is not a file with one name is not replaced', async (t) => {
  const root = temporary(t, { victim: 'old', 'outside/inner': 'old' })
  symlinkSync(join(root, 'victim'), join(root, 'link'))
  symlinkSync('nowhere', join(root, 'dangling'))
  linkSync(join(root, 'victim'), join(root, 'hard'))
  mkdirSync(join(root, 'directory'))
  symlinkSync(join(root, 'outside'), join(root, 'project-link'))
  const change = bytesOf('new')
  for (const name of ['link', 'dangling', 'hard', 'directory']) {
    await refusal('UNSAFE', files.write(join(root, name), change))
    await refusal('UNSAFE', files.transact(root, [{ path: name, bytes: change }]))
    await refusal('UNSAFE', files.transact(root, [{ path: name, bytes: null }]))
  }
  await refusal('UNSAFE', files.write(join(root, 'project-link/inner'), change, { under: root }))
  await refusal('UNSAFE', files.create(join(root, 'project-link/other'), change, { under: root }))
  await refusal('UNSAFE', files.remove(join(root, 'project-link/inner'), { under: root }))
  await refusal('UNSAFE', files.makeDirectory(join(root, 'project-link/sub'), { under: root }))
  await refusal('UNSAFE', files.transact(root, [{ path: 'project-link/inner', bytes: change }]))
  await refusal('UNSAFE', files.transact(root, [{ path: 'project-link/sub/inner', bytes: change }]))
  assert.equal(readFileSync(join(root, 'victim'), 'utf8'), 'old')
  assert.deepEqual(readdirSync(join(root, 'outside')), ['inner'])
  assert.equal(readFileSync(join(root, 'outside/inner'), 'utf8'), 'old')
  assert.deepEqual(
    readdirSync(root).filter((name) => name.endsWith('.tmp')),
    [],
  )
})

test('create never replaces', async (t) => {
  const root = temporary(t, { file: 'old' })
  symlinkSync('nowhere', join(root, 'dangling'))
  mkdirSync(join(root, 'directory'))
  for (const name of ['file', 'dangling', 'directory']) {
    await refusal('CONFLICT', files.create(join(root, name), bytesOf('new')))
  }
  await files.create(join(root, 'new'), bytesOf('new'))
  assert.equal(readFileSync(join(root, 'file'), 'utf8'), 'old')
  assert.equal(statSync(join(root, 'new')).nlink, 1)
  const all = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => files.create(join(root, 'race'), bytesOf(`${i}`))),
  )
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
  assert.deepEqual(readdirSync(root).toSorted(), ['dangling', 'directory', 'file', 'new', 'race'])
})

test('names that are no names, or leave the root, are refused', async (t) => {
  const root = temporary(t)
  const outside = ['../x', '../../etc/x', '/etc/x', 'a/../../x']
  for (const path of outside) await refusal('UNSAFE', files.transact(root, [{ path, bytes: bytesOf('x') }]))
  for (const path of ['', '.', 'a/..']) await refusal('USAGE', files.transact(root, [{ path, bytes: bytesOf('x') }]))
  for (const path of ['', '/', `${root}/`, `${root}/a\0b`, join(root, 'n'.repeat(256))]) {
    await refusal('USAGE', files.write(path, bytesOf('x')))
  }
  await refusal('NOT_FOUND', files.write(join(root, 'no/directory'), bytesOf('x')))
  await refusal(
    'INTERNAL',
    files.transact(root, [
      { path: 'a', bytes: null },
      { path: './a', bytes: null },
    ]),
  )
  assert.deepEqual(readdirSync(root), [])
})

test('names that look like something else are only names', async (t) => {
  const root = temporary(t)
  const names = [
    '-rf',
    '~',
    '...',
    '\u00e9',
    'e\u0301',
    '\u202etxt',
    'CON',
    'a b',
    'n'.repeat(255),
    "it's",
    '*',
    '.hidden',
  ]
  for (const name of names) await files.write(join(root, name), bytesOf(name))
  for (const name of names) assert.equal(readFileSync(join(root, name), 'utf8'), name)
  assert.equal(readdirSync(root).length, names.length)
})

test('removing takes the link, not what it points to', async (t) => {
  const root = temporary(t, { victim: 'old', 'full/a': '' })
  symlinkSync('victim', join(root, 'link'))
  mkdirSync(join(root, 'empty'))
  for (const name of ['link', 'empty', 'none', 'none/at/all']) await files.remove(join(root, name))
  await refusal('CONFLICT', files.remove(join(root, 'full')))
  assert.deepEqual(readdirSync(root).toSorted(), ['full', 'victim'])
})

test('facts and listings', async (t) => {
  const root = temporary(t, { b: 'xx', a: '' })
  symlinkSync('b', join(root, 'c'))
  assert.deepEqual(await files.list(root), ['a', 'b', 'c'])
  assert.equal(await files.list(join(root, 'none')), null)
  assert.equal(await files.stat(join(root, 'none')), null)
  const facts = await files.stat(join(root, 'b'))
  assert.equal(facts?.kind, 'file')
  assert.equal(facts?.mode, 0o600)
  assert.equal(facts?.size, 2)
  assert.equal((await files.stat(join(root, 'c')))?.kind, 'link')
  assert.equal((await files.stat(root))?.kind, 'directory')
  assert.equal((await files.stat('/dev/null'))?.kind, 'other')
})

test('what a killed writer left is swept, what a living one needs is not', async (t) => {
  const root = temporary(t)
  const { stagedName } = await import('../../src/io/staged-name.ts')
  const living = await stagedName('a')
  const dead = living.replace(/\.(\d+)-/, '.999999999-')
  const reborn = living.replace(/-([0-9a-z]+)-/, '-1-')
  for (const name of [living, dead, reborn, '.a.notes.tmp', '.b.999999999-1-00000000-00000000.tmp']) {
    writeFileSync(join(root, name), 'x')
  }
  linkSync(join(root, dead), join(root, 'a'))
  await files.write(join(root, 'a'), bytesOf('new'))
  assert.deepEqual(
    readdirSync(root).toSorted(),
    [living, '.a.notes.tmp', '.b.999999999-1-00000000-00000000.tmp', 'a'].toSorted(),
  )
  assert.equal(lstatSync(join(root, 'a')).nlink, 1)
})
