import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { Operation } from '../../src/core/fleet/fleet.ts'
import { partsOf, readReceiver, receiverParts } from '../../src/fleet/receiver-parts.ts'
import { files } from '../../src/io/files.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const folder = join(root, 'ansible/plugins/module_utils/receiver')

let place = ''
let venv = ''
before(async () => {
  place = await mkdtemp(join(tmpdir(), 'receiver-'))
  venv = (await run('sh', [join(root, 'scripts/peers-ansible.sh')])).stdout.trim()
})
after(() => rm(place, { recursive: true, force: true }))

const directory = '/opt/x'
const operations: readonly Operation[] = [
  { op: 'inspect', directory },
  { op: 'inspect', directory, engine: true },
  { op: 'inspect', directory, walk: true },
  { op: 'inspect', directory, engine: true, walk: true, units: {}, live: [] },
  { op: 'inspect', directory, units: {} },
  { op: 'inspect', directory, live: [] },
  { op: 'inspect', directory, audit: true },
  { op: 'inspect', directory, engine: true, walk: true, audit: true },
  { op: 'inspect', directory, watch: {} },
  ...(
    [
      'enrol',
      'stage',
      'switch',
      'prune',
      'record',
      'install',
      'mend',
      'events',
      'watch',
      'output',
      'keep_backup',
      'list_backups',
      'give_backups',
      'drop_backups',
    ] as const
  ).map((op) => ({
    op,
    directory,
  })),
  ...(['image', 'compose', 'systemd'] as const).flatMap((kind) =>
    (['replace', 'settle'] as const).flatMap((op) => [
      { op, directory, kind },
      { op, directory, kind, live: {} },
      { op, directory, kind: 'tell', of: kind, live: {} },
    ]),
  ),
]

const joined = async (): Promise<readonly string[]> => {
  const receiver = await readReceiver(files, join(root, 'ansible'))
  return Promise.all(
    operations.map(async (operation) => {
      const path = join(place, `${operation.op}-${partsOf(operation).slice(-6).join('-')}.py`)
      await writeFile(path, receiver(operation))
      return path
    }),
  )
}

test('each operation has a case here', () => {
  assert.deepEqual([...new Set(operations.map((one) => one.op))].toSorted(), Object.keys(receiverParts).toSorted())
})

test('an operation needs nothing but its own parts, and uses each of their imports', async () => {
  await run(join(venv, 'bin/pyflakes'), await joined())
})

test('what a part imports from another comes before it', async () => {
  const needs = new Map<string, readonly string[]>()
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('.py'))) {
    const text = await readFile(join(folder, name), 'utf8')
    needs.set(
      basename(name, '.py'),
      [...text.matchAll(/^from \.(\w+) import/gm)].flatMap(([, part]) => part ?? []),
    )
    assert.doesNotMatch(text, /^from \.\w+ import .*[(\\]$/m, `${name}: one line for each import`)
  }
  for (const operation of operations) {
    const parts = partsOf(operation)
    for (const [index, part] of parts.entries()) {
      for (const need of needs.get(part) ?? []) assert.ok(parts.indexOf(need) < index, `${part} needs ${need}`)
    }
  }
  const used = new Set(operations.flatMap(partsOf))
  assert.deepEqual(
    [...needs.keys()].filter((part) => part !== '__init__' && !used.has(part)),
    [],
  )
})

test('the host needs no newer Python than 3.6', async () => {
  const checked = ['-t=3.6-', '--no-parse-comments', '--violations', ...(await joined())]
  const { stdout } = await run(join(venv, 'bin/vermin'), checked)
  assert.match(stdout, /Minimum required versions: 3\.[0-6]/)
  await run('python3', ['-m', 'compileall', '-q', place])
})

/** What the receiver of one operation, run here, prints. */
const answerTo = async (operation: Operation): Promise<string> => {
  const receiver = await readReceiver(files, join(root, 'ansible'))
  await writeFile(join(place, 'program.py'), receiver(operation))
  await writeFile(join(place, 'input'), `${JSON.stringify({ ...operation, format: 1 })}\n`)
  return (await run('sh', ['-c', 'python3 -I -S program.py < input'], { cwd: place })).stdout
}

test('an inspection runs with its parts alone', async () => {
  const said = await answerTo({ op: 'inspect', directory: '/nowhere/at/all', engine: false, walk: true })
  assert.match(said, /^LOCKSTEP \{"ok":\{.*"identity":null/)
})

test('a name that is not UTF-8 is told all the same', async () => {
  const directory = join(place, 'walked')
  await run('bash', ['-c', String.raw`mkdir walked && cd walked && printf x > $'caf\xe9' && ln -s $'\xff' link`], {
    cwd: place,
  })
  const said = await answerTo({ op: 'inspect', directory, engine: false, walk: true })
  assert.match(said, /\["caf\\\\xe9","file"/)
  assert.match(said, /\["link","link",.*"\\\\xff"\]/)
})
