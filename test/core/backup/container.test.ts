import assert from 'node:assert/strict'
import test from 'node:test'
import { parseContainer, printContainer, type Container } from '../../../src/core/backup/container.ts'
import { isContentsPath, type Contents } from '../../../src/core/backup/contents.ts'
import { bytesOf } from '../../support/temporary.ts'
import { codeOf } from '../../support/refusal.ts'

const digest = 'a'.repeat(64)
const contents: Contents = {
  format: 1,
  project: 'shop',
  environment: 'production',
  number: 7,
  made: '2026-11-23T00:35:12Z',
  before: { number: 6, digest },
  logHead: null,
  files: [
    { path: 'password', mode: 0o600, size: 3, sha256: digest },
    { path: 'project/lockstep.yaml', mode: 0o644, size: 4, sha256: digest },
  ],
}
const container: Container = { contents, mac: 'b'.repeat(64), bodies: [bytesOf('abc'), bytesOf('defg')] }
const bytes = printContainer(container)

test('what is written is read back, and the same is written the same', () => {
  const read = parseContainer(bytes, 'x')
  assert.deepEqual(read.contents, contents)
  assert.equal(read.mac, container.mac)
  assert.deepEqual(
    read.bodies.map((body) => Buffer.from(body).toString()),
    ['abc', 'defg'],
  )
  assert.deepEqual(printContainer(read), bytes)
})

test('cut anywhere, or with a byte more, it is refused', () => {
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(
      codeOf(() => parseContainer(bytes.subarray(0, length), 'x')),
      'TAMPERED',
      `cut to ${length}`,
    )
  }
  assert.equal(
    codeOf(() => parseContainer(Buffer.concat([bytes, bytesOf('x')]), 'x')),
    'TAMPERED',
  )
})

test('a list of contents that is spelled in another way, out of order or of bad paths is refused', () => {
  const [first, second] = contents.files
  assert.ok(first !== undefined && second !== undefined)
  const wrong: readonly Contents[] = [
    { ...contents, files: [second, first] },
    { ...contents, files: [first, first] },
    { ...contents, files: [{ ...first, path: 'project/../x' }] },
    { ...contents, files: [{ ...first, mode: 0o4755 }] },
    { ...contents, made: 'yesterday' },
    { ...contents, project: '../shop' },
  ]
  for (const one of wrong) {
    const bodies = one.files.map(({ size }) => new Uint8Array(size))
    assert.equal(
      codeOf(() => parseContainer(printContainer({ ...container, contents: one, bodies }), 'x')),
      'TAMPERED',
    )
  }
  const text = Buffer.from(bytes).toString('latin1')
  const spaced = text
    .replace('"made":', '"made": ')
    .replace(/^lockstep-backup 1 (\d+)/, (_, n: string) => `lockstep-backup 1 ${Number(n) + 1}`)
  assert.equal(
    codeOf(() => parseContainer(Buffer.from(spaced, 'latin1'), 'x')),
    'TAMPERED',
  )
  assert.equal(
    codeOf(() => parseContainer(Buffer.from(text.replace('backup 1', 'backup 2'), 'latin1'), 'x')),
    'CONFLICT',
  )
})

test('paths that leave the directory, or change git, are none', () => {
  const good = [
    'password',
    'project/lockstep.yaml',
    'project/secrets/hosts/a.b/aws.env',
    'project/.gitignore',
    'project/a/.git',
  ]
  const bad = [
    '',
    'x',
    'project/',
    'project//x',
    'project/../x',
    'project/a/..',
    'project/.',
    '/project/x',
    'project/.git/config',
    'project/a\nb',
    'password/x',
    'project/\ud800',
  ]
  assert.deepEqual(good.filter(isContentsPath), good)
  assert.deepEqual(bad.filter(isContentsPath), [])
})
