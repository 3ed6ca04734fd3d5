import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Identity } from '../../src/core/runtime/accounts.ts'
import { Secret } from '../../src/core/secret.ts'
import { placeSecrets } from '../../src/io/place-secrets.ts'
import { refusal } from '../support/refusal.ts'

/** Only Linux has a file system in memory that anybody may use. */
const only = { skip: process.platform !== 'linux' && 'Linux only' }
const asRoot = { skip: process.geteuid?.() !== 0 && 'root only' }
const memory = mkdtempSync('/dev/shm/place-')
after(() => rmSync(memory, { recursive: true }))

const secrets = (values: Readonly<Record<string, string>>): ReadonlyMap<string, Secret> =>
  new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)]))

/** A directory as others might leave it. */
const made = (name: string, mode: number): string => {
  const path = join(memory, name)
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}

test('a directory of its own, a file each, nobody else can read them', only, async () => {
  const path = join(memory, 'new')
  const paths = await placeSecrets(path, secrets({ A: 'one', B: 'two\n' }), null)
  assert.deepEqual([...paths.values()], [join(path, 'A'), join(path, 'B')])
  assert.equal(statSync(path).mode & 0o777, 0o700)
  for (const name of readdirSync(path)) assert.equal(statSync(join(path, name)).mode & 0o777, 0o400, name)
  assert.equal(readFileSync(join(path, 'B'), 'utf8'), 'two\n')
})

test('what is no longer in the scope goes; what is not ours stays', only, async () => {
  const path = join(memory, 'again')
  await placeSecrets(path, secrets({ KEPT: 'one', GONE: 'two' }), null)
  writeFileSync(join(path, 'OTHER'), 'of somebody else', { mode: 0o400 })
  await placeSecrets(path, secrets({ KEPT: 'three', NEW: 'four' }), null)
  assert.deepEqual(readdirSync(path).toSorted(), ['.lockstep', 'KEPT', 'NEW', 'OTHER'])
  assert.equal(readFileSync(join(path, 'KEPT'), 'utf8'), 'three')
  await placeSecrets(path, secrets({}), null)
  assert.deepEqual(readdirSync(path).toSorted(), ['.lockstep', 'OTHER'])
})

test('a list that names anything else than secrets removes nothing', only, async () => {
  const path = made('list', 0o700)
  mkdirSync(join(path, 'sub'))
  writeFileSync(join(memory, 'outside'), '')
  writeFileSync(join(path, '.lockstep'), '../outside\nsub/x\n..\n.\n\nABSENT\n')
  await placeSecrets(path, secrets({ A: 'one' }), null)
  assert.deepEqual(readdirSync(path).toSorted(), ['.lockstep', 'A', 'sub'])
  assert.ok(readdirSync(memory).includes('outside'))
})

test('a directory that others can write to is refused, and nothing is put there', only, async () => {
  for (const mode of [0o777, 0o1777, 0o770, 0o702]) {
    const path = made(`mode-${mode.toString(8)}`, mode)
    const { message, hint } = await refusal('UNSAFE', placeSecrets(path, secrets({ A: 'one' }), null))
    assert.match(message, /written to by others/)
    assert.match(hint ?? '', /mode=0700/)
    assert.deepEqual(readdirSync(path), [])
    await placeSecrets(join(path, 'inside'), secrets({ A: 'one' }), null)
    assert.equal(statSync(join(path, 'inside')).mode & 0o777, 0o700)
  }
  for (const mode of [0o755, 0o711]) await placeSecrets(made(`mode-${mode}`, mode), secrets({ A: 'one' }), null)
})

test('a directory is ours, root’s or theirs who get the files', { ...only, ...asRoot }, async () => {
  const path = made('owned', 0o700)
  chownSync(path, 4711, 4711)
  const theirs = (uid: number): Identity => ({ uid, gid: uid, groups: [uid], home: '/', name: null })
  const { message } = await refusal('UNSAFE', placeSecrets(path, secrets({ A: 'one' }), null))
  assert.ok(message.endsWith('belongs to uid 4711'))
  await refusal('UNSAFE', placeSecrets(path, secrets({ A: 'one' }), theirs(4712)))
  await placeSecrets(path, secrets({ A: 'one' }), theirs(4711))
  for (const name of readdirSync(path)) assert.equal(statSync(join(path, name)).uid, 4711, name)
})

test('a link, a file and a disk are refused', only, async () => {
  const [link, file] = [join(memory, 'link'), join(memory, 'file')]
  symlinkSync(made('behind', 0o700), link)
  writeFileSync(file, '')
  await refusal('UNSAFE', placeSecrets(link, secrets({ A: 'x' }), null))
  await refusal('NOT_FOUND', placeSecrets(file, secrets({ A: 'x' }), null))
  const disk = mkdtempSync(join(import.meta.dirname, 'disk-'))
  try {
    const { message } = await refusal('UNSAFE', placeSecrets(disk, secrets({ A: 'x' }), null))
    assert.match(message, /on a disk/)
    assert.deepEqual(readdirSync(disk), [])
  } finally {
    rmSync(disk, { recursive: true })
  }
})
