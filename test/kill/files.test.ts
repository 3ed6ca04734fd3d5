import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { files } from '../../src/io/files.ts'
import { bytesOf, temporary } from '../support/temporary.ts'
import { bundled, eachOf, killedAt, type Point, record, refusedAt, type Run } from './trace.ts'

const source = JSON.stringify(join(import.meta.dirname, '../../src/io/files.ts'))
const before = { 'secrets/a.env': 'old a', 'secrets/gone.env': 'old gone', 'metadata.yaml': 'old metadata' }
const after = { 'secrets/a.env': 'new a', 'secrets/hosts/h/b.env': 'new b', 'metadata.yaml': 'new metadata' }

const transaction = `
  const bytes = (text) => new TextEncoder().encode(text)
  await files.locked('.lockstep/lock', () => files.transact('.', [
    { path: 'secrets/a.env', bytes: bytes('new a') },
    { path: 'secrets/hosts/h/b.env', bytes: bytes('new b') },
    { path: 'secrets/gone.env', bytes: null },
    { path: 'metadata.yaml', bytes: bytes('new metadata'), mode: 0o644 },
  ]), { wait: 3000 })`
const writing = `await files.write('metadata.yaml', new TextEncoder().encode('new metadata'))`
const creating = `await files.create('made', new TextEncoder().encode('new'))`

/** Everything below a directory but what is kept in .lockstep. */
const contentOf = (root: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('.lockstep') && statSync(join(root, name)).isFile())
      .toSorted()
      .map((name) => [name, readFileSync(join(root, name), 'utf8')]),
  )

const leftOver = (root: string): readonly string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tmp$|transaction\.json$|lock$/.test(name),
  )

interface Prepared {
  readonly points: readonly Point[]
  /** A directory of its own, as it was before. */
  fresh(index: number): Run
}

const prepare = async (t: TestContext, body: string): Promise<Prepared> => {
  const top = temporary(t, Object.fromEntries(Object.entries(before).map(([path, text]) => [`before/${path}`, text])))
  writeFileSync(join(top, 'program.ts'), `import { files } from ${source}\n${body}\n`)
  const program = await bundled(join(top, 'program.ts'), top)
  const fresh = (index: number): Run => {
    const cwd = join(top, `run${index}`)
    cpSync(join(top, 'before'), cwd, { recursive: true })
    return { args: [program], cwd }
  }
  return { points: await record(fresh(-1), join(top, 'log')), fresh }
}

const sorted = (tree: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(tree).toSorted(([a], [b]) => (a < b ? -1 : 1)))

test('a change of several files, killed at every system call: all old or all new, and the next finishes', async (t) => {
  const { points, fresh } = await prepare(t, transaction)
  assert.ok(points.length > 25, `${points.length} points`)
  const seen = new Set<string>()
  await eachOf(points, async (point, index) => {
    const run = fresh(index)
    const { signal } = await killedAt(run, point)
    assert.equal(signal, 'SIGKILL', point.shown)
    await files.recover(run.cwd)
    const content = contentOf(run.cwd)
    const state = JSON.stringify(content) === JSON.stringify(sorted(after)) ? 'new' : 'old'
    assert.deepEqual(content, sorted(state === 'new' ? after : before), `killed at ${point.shown}`)
    seen.add(state)
    await files.locked(join(run.cwd, '.lockstep/lock'), () =>
      files.transact(run.cwd, [{ path: 'metadata.yaml', bytes: bytesOf('later') }]),
    )
    assert.deepEqual(contentOf(run.cwd), sorted({ ...content, 'metadata.yaml': 'later' }))
    assert.deepEqual(leftOver(run.cwd), [], `killed at ${point.shown}`)
  })
  assert.deepEqual([...seen].toSorted(), ['new', 'old'])
})

test('a change of several files on a failing disk: all old or all new, and an error', async (t) => {
  const { points, fresh } = await prepare(t, transaction)
  const writes = points.filter(({ call }) => /^(?:openat|pwrite64|fsync|rename|link|mkdir)$/.test(call))
  const cases = writes.flatMap((point) => ['ENOSPC', 'EIO'].map((error) => ({ point, error })))
  await eachOf(cases, async ({ point, error }, index) => {
    const run = fresh(index)
    const { status, stderr } = await refusedAt(run, point, error)
    assert.notEqual(status, 0, point.shown)
    assert.match(stderr, /code: 'UNAVAILABLE'/, `${error} at ${point.shown}`)
    await files.recover(run.cwd)
    const content = contentOf(run.cwd)
    const state = JSON.stringify(content) === JSON.stringify(sorted(after)) ? after : before
    assert.deepEqual(content, sorted(state), `${error} at ${point.shown}`)
    await files.locked(join(run.cwd, '.lockstep/lock'), () =>
      files.transact(run.cwd, [{ path: 'x', bytes: bytesOf('x') }]),
    )
    assert.deepEqual(leftOver(run.cwd), [], `${error} at ${point.shown}`)
  })
})

test('one file written or made, killed or out of disk at every system call', async (t) => {
  for (const [body, name, old, fresh] of [
    [writing, 'metadata.yaml', 'old metadata', 'new metadata'],
    [creating, 'made', undefined, 'new'],
  ] as const) {
    const prepared = await prepare(t, body)
    const cases = prepared.points.flatMap((point) => ['KILL', 'ENOSPC', 'EIO'].map((fault) => ({ point, fault })))
    await eachOf(cases, async ({ point, fault }, index) => {
      const run = prepared.fresh(index)
      if (fault === 'KILL') await killedAt(run, point)
      else await refusedAt(run, point, fault)
      const now = contentOf(run.cwd)[name]
      assert.ok(now === old || now === fresh, `${fault} at ${point.shown}`)
      await files.write(join(run.cwd, name), bytesOf('later'))
      assert.equal(contentOf(run.cwd)[name], 'later')
      assert.deepEqual(leftOver(run.cwd), [], `${fault} at ${point.shown}`)
    })
  }
})
