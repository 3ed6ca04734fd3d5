import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { changeProject } from '../../../src/app/project/change-project.ts'
import type { Changed } from '../../../src/app/project/change-project.ts'
import { editGroup, findGroup } from '../../../src/app/secrets/edit.ts'
import { Secret } from '../../../src/core/secret.ts'
import { projectIn, type TestProject } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

/** An editor is a function from what is in the file to what will be; null leaves it alone, a number is an exit status. */
type Editor = (text: string, path: string) => string | null | number | Promise<string | null | number>

const leftovers = (): readonly string[] => readdirSync('/dev/shm').filter((name) => name.startsWith('lockstep-edit-'))

const edit = async (
  { ports, open }: TestProject,
  editors: readonly Editor[],
  group = 'aws',
): Promise<{ changed: Changed | null; seen: readonly string[] }> => {
  const seen: string[] = []
  const left = [...editors]
  const machine = { ...ports.machine, environment: { EDITOR: 'my editor --wait' } }
  const interactive: typeof ports.exec.interactive = async (command, args) => {
    assert.deepEqual([command, ...args.slice(0, 3)], ['sh', '-c', 'exec env my editor --wait "$@"', 'editor'])
    const path = args[3] ?? ''
    const text = readFileSync(path, 'utf8')
    seen.push(text)
    const done = await left.shift()?.(text, path)
    if (typeof done === 'string') writeFileSync(path, done)
    return typeof done === 'number' ? done : 0
  }
  const changing = { ...ports, machine, exec: { ...ports.exec, interactive } }
  const options = { signal: new AbortController().signal, report: () => {} }
  const changed = await editGroup(changing, open(), { group, host: null }, options)
  return { changed, seen }
}

const start = (t: TestContext): Promise<TestProject> =>
  projectIn(t, {
    manifest: 'project: shop\ngroups: { aws: { keys: [ID, KEY] }, cdn: { keys: [TOKEN] } }\n',
    secrets: { aws: { ID: '1', KEY: '2' } },
  })

const values = async (project: TestProject): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    Array.from((await project.open().readGroup('aws'))?.values ?? [], ([name, value]) => [name, value.reveal()]),
  )

test('an edit is written, and nothing is left behind', async (t) => {
  const project = await start(t)
  const paths: string[] = []
  const { changed } = await edit(project, [
    (text, path) => {
      paths.push(path)
      writeFileSync(`${path}~`, text)
      return `${text.replace('KEY=2', 'KEY=3')}# mine\nNEW=4\n`
    },
  ])
  assert.deepEqual(
    changed?.secrets.map(({ name, what }) => [name, what]),
    [
      ['KEY', 'changed'],
      ['NEW', 'added'],
    ],
  )
  assert.deepEqual(await values(project), { ID: '1', KEY: '3', NEW: '4' })
  assert.match(paths[0] ?? '', /^\/dev\/shm\/lockstep-edit-\d+-\d+-[0-9a-f]{32}\/aws\.env$/)
  assert.deepEqual(leftovers(), [])
  assert.match(readFileSync(join(project.root, 'lockstep.yaml'), 'utf8'), /\[ID, KEY, NEW\]/)
})

test('unchanged, nothing is written', async (t) => {
  const project = await start(t)
  const before = readFileSync(join(project.root, 'secrets/aws.env'))
  assert.equal((await edit(project, [() => null])).changed, null)
  assert.deepEqual(readFileSync(join(project.root, 'secrets/aws.env')), before)
})

test('text that cannot be read goes back to the editor, whole', async (t) => {
  const project = await start(t)
  const { changed, seen } = await edit(project, [
    (text) => `${text}BROKEN $(x\n`,
    (text) => text.replace('BROKEN $(x', 'FINE=1'),
  ])
  assert.match(seen[1] ?? '', /^#! .*\n#! .*\nID=1\nKEY=2\nBROKEN \$\(x\n$/)
  assert.deepEqual(
    changed?.secrets.map(({ name }) => name),
    ['FINE'],
  )
  assert.deepEqual(await values(project), { ID: '1', KEY: '2', FINE: '1' })
})

test('a name of another group goes back to the editor', async (t) => {
  const project = await start(t)
  const { seen } = await edit(project, [(text) => `${text}TOKEN=1\n`, (text) => text.replace(/^TOKEN/m, 'OTHER')])
  assert.match(seen[1] ?? '', /^#! .*TOKEN is in two groups/)
})

test('leaving it as it is gives up', async (t) => {
  const project = await start(t)
  const error = await refusal('CONFIG', edit(project, [(text) => `${text}BROKEN $(x\n`, () => null]))
  assert.equal(error.hint, 'given up: nothing was written')
  assert.deepEqual(leftovers(), [])
  await refusal('UNAVAILABLE', edit(project, [() => 1]))
  await refusal(
    'CONFIG',
    edit(
      project,
      Array.from({ length: 20 }, (_, i) => (): string => `BROKEN ${i}\n`),
    ),
  )
  assert.deepEqual(await values(project), { ID: '1', KEY: '2' })
})

const meanwhile = async (project: TestProject, name: string, value: string): Promise<void> => {
  await changeProject(project.ports, project.open(), { writes: [{ group: 'aws', name, value: new Secret(value) }] })
}

test('what others changed meanwhile is kept', async (t) => {
  const project = await start(t)
  await edit(project, [
    async (text) => {
      await meanwhile(project, 'ID', 'theirs')
      return text.replace('KEY=2', 'KEY=mine')
    },
  ])
  assert.deepEqual(await values(project), { ID: 'theirs', KEY: 'mine' })
})

test('where both changed one, the person decides', async (t) => {
  const project = await start(t)
  const race: Editor = async (text) => {
    await meanwhile(project, 'KEY', 'theirs')
    return text.replace('KEY=2', 'KEY=mine')
  }
  await refusal('CONFLICT', edit(project, [race, () => null]))
  assert.equal((await values(project))['KEY'], 'theirs')
  const again: Editor = async (text) => {
    await meanwhile(project, 'KEY', 'later')
    return text.replace('KEY=theirs', 'KEY=mine')
  }
  await edit(project, [again, (text) => text.replace(/^#! .*\n/gm, '')])
  assert.equal((await values(project))['KEY'], 'mine')
})

test('a group without a file starts with what is declared', async (t) => {
  const project = await start(t)
  const { seen } = await edit(project, [() => null], 'cdn')
  assert.match(seen[0] ?? '', /^# TOKEN=$/m)
})

test('which group is meant', async (t) => {
  const project = await start(t)
  assert.equal(await findGroup(project.open(), 'aws'), 'aws')
  await refusal('USAGE', findGroup(project.open(), undefined))
  assert.match((await refusal('NOT_FOUND', findGroup(project.open(), 'awz'))).message, /did you mean aws\?/)
})
