import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { drillBackup } from '../../../src/app/backup/drill.ts'
import { restoreAndTell, type RestoreRequest } from '../../../src/app/backup/restore-and-tell.ts'
import { changeProject } from '../../../src/app/project/change-project.ts'
import { openProject } from '../../../src/app/project/open-project.ts'
import { readProject } from '../../../src/app/project/project.ts'
import { rekeyProject } from '../../../src/app/project/rekey.ts'
import { parseRecovery } from '../../../src/core/backup/recovery-text.ts'
import { Secret } from '../../../src/core/secret.ts'
import { backupProject, type BackupProject } from '../../support/backups.ts'
import { portsIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'

const optionsFor = async (
  made: BackupProject,
  directory: string,
  more: Partial<RestoreRequest> = {},
): Promise<RestoreRequest> => {
  const { bytes } = await made.backup()
  const key = parseRecovery(made.recovery, 'recovery')
  const plain = { archive: 'x.backup', bytes, key, directory, environment: undefined, brought: [] }
  return { ...plain, check: false, overNewer: false, ...more }
}

const empty = (t: TestContext): string => temporary(t)

const treeOf = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(root, name)).isFile() && !/^(\.lockstep|home|backups)\//.test(name))
      .map((name) => [name, `${statSync(join(root, name)).mode & 0o777} ${readFileSync(join(root, name), 'latin1')}`])
      .sort(),
  )

const write = (made: BackupProject, name: string, value: string): Promise<unknown> =>
  changeProject(made.ports, made.open(), { writes: [{ group: 'aws', host: null, name, value: new Secret(value) }] })

test('an empty directory and the recovery identity give the project back, byte for byte', async (t) => {
  const made = await backupProject(t, { files: { 'playbooks/a.yml': 'x', 'ansible/scripts/s.sh': '#!/bin/sh\n' } })
  const to = empty(t)
  const done = await restoreAndTell(portsIn(to), await optionsFor(made, to))
  assert.deepEqual(treeOf(to), treeOf(made.root))
  assert.equal(done.secrets, 2)
  assert.deepEqual(done.newer, [])
  const there = portsIn(to)
  const password = new Secret(readFileSync(join(to, '.vault-password'), 'utf8').trim())
  const open = openProject(there, await readProject(there, to, 'production'), password)
  assert.equal((await open.readGroup('aws'))?.values.get('AWS_KEY')?.reveal(), 'value-1')
})

test('--check writes nothing at all', async (t) => {
  const made = await backupProject(t)
  const to = empty(t)
  const done = await restoreAndTell(portsIn(to), await optionsFor(made, join(to, 'new'), { check: true }))
  assert.ok(done.changes.length > 4)
  assert.deepEqual(readdirSync(to), [])
})

test('a second restore finds nothing to do', async (t) => {
  const made = await backupProject(t)
  const to = empty(t)
  const options = await optionsFor(made, to)
  await restoreAndTell(portsIn(to), options)
  assert.deepEqual((await restoreAndTell(portsIn(to), options)).changes, [])
})

test('not into a directory with other things, nor over another project', async (t) => {
  const made = await backupProject(t)
  const options = await optionsFor(made, '')
  for (const tree of [{ 'a.txt': 'x' }, { 'lockstep.yaml': 'project: other\n' }, { 'lockstep.yaml': 'x' }]) {
    const directory = temporary(t, tree)
    await refusal('CONFLICT', restoreAndTell(portsIn(directory), { ...options, directory, overNewer: true }))
    assert.deepEqual(readdirSync(directory), Object.keys(tree))
  }
  const directory = temporary(t, { 'x.backup': 'x', 'r.txt': 'x' })
  mkdirSync(join(directory, '.git'))
  const brought = ['x.backup', 'r.txt'].map((name) => join(directory, name))
  assert.equal((await restoreAndTell(portsIn(directory), { ...options, directory, brought })).secrets, 2)
})

test('never over something newer without saying so', async (t) => {
  const made = await backupProject(t)
  const options = await optionsFor(made, made.root, { key: null })
  await write(made, 'AWS_KEY', 'value-9')
  await write(made, 'ADDED', 'x')
  const before = treeOf(made.root)
  const { message } = await refusal('CONFLICT', restoreAndTell(made.ports, options))
  assert.match(message, /newer here: ADDED in aws\.env, AWS_KEY in aws\.env/)
  assert.doesNotMatch(message, /value/)
  assert.deepEqual(treeOf(made.root), before)
  const looked = await restoreAndTell(made.ports, { ...options, check: true })
  assert.equal(looked.newer.length > 0, true)
  assert.deepEqual(treeOf(made.root), before)
  await restoreAndTell(made.ports, { ...options, overNewer: true })
  assert.deepEqual([...((await made.open().readGroup('aws'))?.values.keys() ?? [])], ['AWS_KEY'])
})

test('a file of secrets that came later goes with the rest', async (t) => {
  const made = await backupProject(t)
  const options = await optionsFor(made, made.root, { overNewer: true })
  await changeProject(made.ports, made.open(), {
    writes: [{ group: 'later', host: null, name: 'L', value: new Secret('x') }],
  })
  await restoreAndTell(made.ports, options)
  assert.ok(!existsSync(join(made.root, 'secrets/later.env')))
  await made.open().readAll()
})

test('an older project key is newer state as well, and is taken back only on demand', async (t) => {
  const made = await backupProject(t)
  const options = await optionsFor(made, made.root)
  const first = readFileSync(join(made.root, '.vault-password'), 'utf8')
  const { password } = await rekeyProject(made.ports, made.open(), { projectKey: true })
  await openProject(made.ports, made.project, password).readAll()
  assert.match((await refusal('CONFLICT', restoreAndTell(made.ports, options))).message, /another project key/)
  await restoreAndTell(made.ports, { ...options, overNewer: true })
  assert.equal(readFileSync(join(made.root, '.vault-password'), 'utf8'), first)
  await made.open().readAll()
})

test('what is remembered of the fleet comes along, and is never put back over what is there', async (t) => {
  const made = await backupProject(t, { files: { '.lockstep/ledger-production.vault': 'first' } })
  const options = await optionsFor(made, made.root)
  writeFileSync(join(made.root, '.lockstep/ledger-production.vault'), 'second')
  await restoreAndTell(made.ports, options)
  assert.equal(readFileSync(join(made.root, '.lockstep/ledger-production.vault'), 'utf8'), 'second')
  const to = empty(t)
  await restoreAndTell(portsIn(to), { ...options, directory: to })
  assert.equal(readFileSync(join(to, '.lockstep/ledger-production.vault'), 'utf8'), 'first')
})

test('an archive that somebody else made for the public recipient is found out', async (t) => {
  const made = await backupProject(t)
  const forger = await backupProject(t, { secrets: { aws: { AWS_KEY: 'evil' } } })
  const to = empty(t)
  const key = parseRecovery(made.recovery, 'recovery')
  const forged = await optionsFor(forger, to, { key })
  const { message } = await refusal('TAMPERED', restoreAndTell(portsIn(to), forged))
  assert.match(message, /not of the project/)
  assert.deepEqual(readdirSync(to), [])
})

test('the wrong identity, none at all, and a file that is no backup are told apart', async (t) => {
  const made = await backupProject(t)
  const to = empty(t)
  const options = await optionsFor(made, to)
  const { generateX25519Identity } = await import('age-encryption')
  const other = {
    project: 'shop',
    environment: 'production',
    check: '0'.repeat(32),
    key: new Secret(await generateX25519Identity()),
  }
  await refusal('DENIED', restoreAndTell(portsIn(to), { ...options, key: other }))
  await refusal('USAGE', restoreAndTell(portsIn(to), { ...options, key: null }))
  await refusal('TAMPERED', restoreAndTell(portsIn(to), { ...options, bytes: new TextEncoder().encode('hello') }))
  assert.deepEqual(readdirSync(to), [])
})

test('a drill restores, decrypts, compares, and leaves nothing but its time', async (t) => {
  const made = await backupProject(t)
  await made.backup()
  await write(made, 'AWS_KEY', 'value-9')
  const key = parseRecovery(made.recovery, 'recovery')
  const done = await drillBackup(made.ports, made.open(), { key, name: null })
  assert.deepEqual([done.secrets, done.same, done.withRecovery], [2, 1, true])
  assert.deepEqual(done.differing, ['AWS_KEY in aws.env'])
  const left = existsSync('/dev/shm')
    ? readdirSync('/dev/shm').filter((name) => name.startsWith(`lockstep-drill-${process.pid}-`))
    : []
  assert.deepEqual(left, [])
  await refusal('NOT_FOUND', drillBackup(made.ports, made.open(), { key, name: 'none' }))
})

interface Told {
  readonly action: string
  readonly result: string
  readonly names: {
    readonly files?: readonly string[]
    readonly password?: boolean
    readonly secrets?: readonly string[]
  }
}

const logged = (root: string): readonly string[] =>
  readFileSync(join(root, '.lockstep/access.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Told => JSON.parse(line))
    .map(({ action, result, names: { files = [], password = false, secrets = [] } }) =>
      [action, result, ...files, ...(password ? ['the password'] : []), ...secrets.toSorted()].join(' '),
    )

test('the access log of what was restored says so', async (t) => {
  const made = await backupProject(t)
  const to = empty(t)
  const options = await optionsFor(made, to)
  await restoreAndTell(portsIn(to), { ...options, check: true })
  assert.deepEqual(readdirSync(to), [])
  await restoreAndTell(portsIn(to), options)
  assert.deepEqual(logged(to).at(-1), 'change done x.backup the password AWS_KEY DB_KEY')
})

test('what a project opens by itself is in its own access log, before anything is written', async (t) => {
  const made = await backupProject(t)
  const to = empty(t)
  const options = await optionsFor(made, to, { key: null })
  await restoreAndTell(made.ports, { ...options, check: true })
  await restoreAndTell(made.ports, options)
  const released = 'x.backup the password'
  assert.deepEqual(logged(made.root), [
    `look done ${released} AWS_KEY DB_KEY`,
    `change begun ${released}`,
    `change done ${released} AWS_KEY DB_KEY`,
  ])
  assert.deepEqual(logged(to).at(-1), `change done ${released} AWS_KEY DB_KEY`)
  await restoreAndTell(made.ports, { ...options, directory: made.root })
  assert.equal(logged(made.root).length, 5)
})

test('no log, no restore: not where the project’s access log cannot be written', async (t) => {
  const made = await backupProject(t)
  const to = empty(t)
  const options = await optionsFor(made, to, { key: null })
  mkdirSync(join(made.root, '.lockstep/access.jsonl'), { recursive: true })
  const { message } = await refusal('UNSAFE', restoreAndTell(made.ports, options))
  assert.match(message, /^nothing is changed: the access log cannot be written/)
  assert.deepEqual(readdirSync(to), [])
})
