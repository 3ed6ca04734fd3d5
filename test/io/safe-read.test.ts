import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { files } from '../../src/io/files.ts'
import { refusal } from '../support/refusal.ts'
import { temporary, textOf } from '../support/temporary.ts'

test('a file is read whole, and nothing is null', async (t) => {
  const root = temporary(t, { a: 'one', empty: '', 'b/c': 'two' })
  assert.equal(textOf(await files.read(join(root, 'a'))), 'one')
  assert.equal(textOf(await files.read(join(root, 'empty'), { private: true })), '')
  assert.equal(textOf(await files.read(join(root, 'b/c'), { under: root, private: true })), 'two')
  assert.equal(await files.read(join(root, 'none')), null)
  assert.equal(await files.read(join(root, 'none/at/all')), null)
  assert.equal(await files.read(join(root, 'none/at/all'), { under: root }), null)
  assert.equal(await files.read(join(root, 'a/below-a-file')), null)
})

test('links are not followed: the last part never, the others not below the root', async (t) => {
  const root = temporary(t, { 'real/a': 'one' })
  symlinkSync(join(root, 'real/a'), join(root, 'link'))
  symlinkSync('nowhere', join(root, 'dangling'))
  symlinkSync(join(root, 'real'), join(root, 'directory'))
  await refusal('UNSAFE', files.read(join(root, 'link')))
  await refusal('UNSAFE', files.read(join(root, 'dangling')))
  assert.equal(textOf(await files.read(join(root, 'directory/a'))), 'one')
  const error = await refusal('UNSAFE', files.read(join(root, 'directory/a'), { under: root }))
  assert.equal(error.at, join(root, 'directory'))
  await refusal('UNSAFE', files.read(join(root, 'real/a'), { under: join(root, 'other') }))
})

test('a link of ours is followed where that is asked for, one step, in a directory that nobody else can change', async (t) => {
  const root = temporary(t, { 'host/generations/2/vault-password': 'one' })
  const host = join(root, 'host')
  symlinkSync('generations/2', join(host, 'current'))
  symlinkSync('current/vault-password', join(host, 'vault-password'))
  symlinkSync('vault-password', join(host, 'twice'))
  symlinkSync('nowhere', join(host, 'dangling'))
  const read = (name: string) => files.read(join(host, name), { private: true, fifo: true, ownLink: true })
  assert.equal(textOf(await read('vault-password')), 'one')
  assert.equal(textOf(await read('generations/2/vault-password')), 'one')
  assert.equal(await read('dangling'), null)
  await refusal('UNSAFE', read('twice'))
  await refusal('UNSAFE', files.read(join(host, 'vault-password'), { private: true }))
  for (const mode of [0o777, 0o775, 0o1777]) {
    chmodSync(host, mode)
    await refusal('UNSAFE', read('vault-password'))
  }
  chmodSync(host, 0o755)
  chmodSync(join(host, 'generations/2/vault-password'), 0o644)
  await refusal('UNSAFE', read('vault-password'))
})

test('directories, devices, sockets and FIFOs are refused, at once', async (t) => {
  const root = temporary(t)
  mkdirSync(join(root, 'directory'))
  spawnSync('mkfifo', [join(root, 'fifo')])
  const server = createServer().listen(join(root, 'socket'))
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const start = performance.now()
  for (const path of ['directory', 'fifo', 'socket'].map((name) => join(root, name))) {
    await refusal('UNSAFE', files.read(path))
  }
  for (const path of ['/dev/zero', '/dev/null', '/dev/tty']) await refusal('UNSAFE', files.read(path))
  assert.ok(performance.now() - start < 2000)
})

test('a private file must be closed to others', async (t) => {
  const root = temporary(t, { a: 'one' })
  for (const mode of [0o644, 0o640, 0o660, 0o604, 0o610, 0o601]) {
    chmodSync(join(root, 'a'), mode)
    const error = await refusal('UNSAFE', files.read(join(root, 'a'), { private: true }))
    assert.match(error.hint ?? '', /^chmod 600 /)
  }
  for (const mode of [0o600, 0o400]) {
    chmodSync(join(root, 'a'), mode)
    assert.equal(textOf(await files.read(join(root, 'a'), { private: true })), 'one')
  }
})

test('size is bounded before and while reading', async (t) => {
  const root = temporary(t, { a: '12345' })
  assert.equal(textOf(await files.read(join(root, 'a'), { max: 5 })), '12345')
  await refusal('UNSAFE', files.read(join(root, 'a'), { max: 4 }))
  spawnSync('truncate', ['-s', '100G', join(root, 'sparse')])
  await refusal('UNSAFE', files.read(join(root, 'sparse')))
})

test('a FIFO is read to its end where one may stand', async (t) => {
  const root = temporary(t)
  const fifo = join(root, 'fifo')
  spawnSync('mkfifo', ['-m', '600', fifo])
  const started = (script: string): Promise<unknown> => once(spawn('sh', ['-c', script], { stdio: 'ignore' }), 'exit')
  const writer = started(`sleep 0.1; (printf one; sleep 0.1; printf two) > '${fifo}'`)
  assert.equal(textOf(await files.read(fifo, { fifo: true, private: true })), 'onetwo')
  await writer
  const flood = started(`cat /dev/zero > '${fifo}'`)
  await refusal('UNSAFE', files.read(fifo, { fifo: true, max: 1000 }))
  await flood
})

test("the shell's <(command) works as a FIFO", async (t) => {
  const root = temporary(t)
  const program = join(root, 'read.ts')
  const source = join(import.meta.dirname, '../../src/io/files.ts')
  writeFileSync(
    program,
    `import { files } from ${JSON.stringify(source)}
     process.stdout.write((await files.read(process.argv[2] ?? '', { fifo: true, private: true })) ?? 'null')`,
  )
  const done = spawnSync('bash', ['-c', `'${process.execPath}' '${program}' <(sleep 0.1; printf hello)`])
  assert.equal(done.stdout.toString(), 'hello', done.stderr.toString())
})

test('what the system refuses comes with our code', async (t) => {
  const root = temporary(t)
  await refusal('USAGE', files.read(join(root, 'n'.repeat(300))))
  await refusal('USAGE', files.read(`${root}/a\0b`))
  await refusal('USAGE', files.read(''))
  await refusal('UNSAFE', files.read(join(root, '../x'), { under: root }))
})

test('the command that we print for a file that others can read is one word for the shell', async (t) => {
  const root = temporary(t, { 'a $(touch hit)/`id`': 'x' })
  const path = join(root, 'a $(touch hit)/`id`')
  chmodSync(path, 0o644)
  const { hint = '' } = await refusal('UNSAFE', files.read(path, { private: true }))
  assert.equal(spawnSync('sh', ['-c', hint], { cwd: root }).status, 0)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(existsSync(join(root, 'hit')), false)
})
