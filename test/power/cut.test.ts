/** The disk as it would be had the power gone: a copy of the image below a mounted file system holds what was written
 *  through, and nothing of what the system still had in memory. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { files } from '../../src/io/files.ts'
import { temporary } from '../support/temporary.ts'
import { bundled, type End, killedAt, type Point, record, type Run, traced } from '../kill/trace.ts'

const source = JSON.stringify(join(import.meta.dirname, '../../src/io/files.ts'))
const names = ['secrets/a.env', 'secrets/b.env', 'metadata.yaml'] as const

const changing = `
  const bytes = (text) => new TextEncoder().encode(text)
  await files.transact('.', ${JSON.stringify(names)}.map((path) => ({ path, bytes: bytes('new ' + path) })))
`
const notSyncing = `await import('node:fs/promises').then(({ writeFile }) => writeFile('not-synced', 'x'))\n`

const must = (command: string, ...args: readonly string[]): void => {
  const { status, stderr } = spawnSync(command, args)
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr.toString()}`)
}

interface Disk {
  /** Where a run may change files; everything in it is on the disk already. */
  readonly run: Run
  /** Mounts the disk as it is without what is in memory, and gives the directory. */
  cut(): string
  drop(): void
}

/** A fresh disk with the old files. Its file system writes nothing through by itself for five minutes. */
const makeDisk = (top: string, program: string, index: number): Disk => {
  const [image, copy, mounted, after] = ['image', 'copy', 'mounted', 'after'].map((name) =>
    join(top, `${name}${index}`),
  )
  if (image === undefined || copy === undefined || mounted === undefined || after === undefined) throw new Error()
  copyFileSync(join(top, 'empty'), image)
  for (const directory of [mounted, after]) mkdirSync(directory)
  must('mount', '-o', 'loop,commit=300', image, mounted)
  const cwd = join(mounted, 'project')
  mkdirSync(join(cwd, 'secrets'), { recursive: true })
  for (const name of names) writeFileSync(join(cwd, name), `old ${name}`)
  must('sync', '-f', cwd)
  return {
    run: { args: [program], cwd },
    cut: () => {
      copyFileSync(image, copy)
      must('mount', '-o', 'loop', copy, after)
      return join(after, 'project')
    },
    drop: () => {
      for (const each of [mounted, after]) spawnSync('umount', [each])
    },
  }
}

const prepare = async (t: TestContext, body: string): Promise<(index: number) => Disk> => {
  const top = temporary(t)
  writeFileSync(join(top, 'program.ts'), `import { files } from ${source}\n${body}`)
  const program = await bundled(join(top, 'program.ts'), top)
  must('truncate', '-s', '8M', join(top, 'empty'))
  must('mkfs.ext4', '-q', '-F', join(top, 'empty'))
  return (index) => makeDisk(top, program, index)
}

const contentOf = (root: string): readonly string[] => names.map((name) => readFileSync(join(root, name), 'utf8'))

const state = (text: 'old' | 'new'): readonly string[] => names.map((name) => `${text} ${name}`)

const withDisk = async (make: () => Disk, work: (disk: Disk) => Promise<void>): Promise<void> => {
  const disk = make()
  try {
    await work(disk)
  } finally {
    disk.drop()
  }
}

test('what was acknowledged is there after a power cut, and what was not synced is not', async (t) => {
  const makeOne = await prepare(t, changing + notSyncing)
  await withDisk(
    () => makeOne(0),
    async ({ run, cut }) => {
      const end: End = await traced(run, ['-o', '/dev/null', '-e', 'trace=none'])
      assert.equal(end.status, 0, end.stderr)
      const root = cut()
      await files.recover(root)
      assert.deepEqual(contentOf(root), state('new'))
      assert.ok(!existsSync(join(root, 'not-synced')), 'this disk keeps what was not synced: the test shows nothing')
    },
  )
})

test('a power cut at every change of a file leaves all old or all new', async (t) => {
  const makeOne = await prepare(t, changing)
  let points: readonly Point[] = []
  await withDisk(
    () => makeOne(0),
    async ({ run }) => {
      points = await record(run, join(run.cwd, '../log'))
    },
  )
  assert.ok(points.length > 20, `${points.length} points`)
  const seen = new Set<string>()
  for (const [index, point] of points.entries()) {
    await withDisk(
      () => makeOne(index + 1),
      async ({ run, cut }) => {
        await killedAt(run, point)
        const root = cut()
        await files.recover(root)
        const content = contentOf(root)
        const now = content[0]?.startsWith('new') === true ? 'new' : 'old'
        assert.deepEqual(content, state(now), point.shown)
        seen.add(now)
      },
    )
  }
  assert.deepEqual([...seen].toSorted(), ['new', 'old'])
})

const adding = `
  const line = (text) => new TextEncoder().encode(text + '\\n')
  await files.extend('.lockstep/access.jsonl', 0, line('one'), { under: '.' })
  await files.extend('.lockstep/access.jsonl', 4, line('two'), { under: '.' })
  await files.write('.lockstep/access.head', line('head of two'), { under: '.', durable: false })
`

test('a line that was added is there after a power cut; what need not be durable may be older, and no more', async (t) => {
  const makeOne = await prepare(t, adding)
  await withDisk(
    () => makeOne(0),
    async ({ run, cut }) => {
      const end: End = await traced(run, ['-o', '/dev/null', '-e', 'trace=none'])
      assert.equal(end.status, 0, end.stderr)
      const state = join(cut(), '.lockstep')
      assert.equal(readFileSync(join(state, 'access.jsonl'), 'utf8'), 'one\ntwo\n')
      assert.ok(!existsSync(join(state, 'access.head')), 'this disk keeps what was not synced: the test shows nothing')
    },
  )
})
