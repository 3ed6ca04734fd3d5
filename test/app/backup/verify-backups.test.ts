/** `backup-verify` and `--fix` without hosts: what is kept of what was found, and what is mended from here. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { knownBackups } from '../../../src/app/backup/known-backups.ts'
import { readKnown } from '../../../src/app/known/known-store.ts'
import { fail } from '../../../src/core/errors.ts'
import { backupProject } from '../../support/backups.ts'
import { call } from '../../support/call.ts'

test('what is wrong is told by backup list until it is mended, by a line to type', async (t) => {
  const made = await backupProject(t)
  const [one, two] = [(await made.backup()).listed.name, (await made.backup()).listed.name]
  const path = (name: string): string => join(made.root, 'backups', name)
  const run = (...args: readonly string[]): ReturnType<typeof call> => call(args, made.ports)
  const wrong = async (): Promise<readonly string[]> =>
    ((await readKnown(made.ports, made.project)).backup?.damage ?? []).map(({ kind, name }) => `${kind} ${name}`)
  const bytes = readFileSync(path(one))
  writeFileSync(path(one), readFileSync(path(two)), { mode: 0o600 })
  writeFileSync(path(two), bytes, { mode: 0o600 })
  const found = await run('backup-verify', '--local')
  assert.equal(found.status, 7)
  assert.match(found.stderr, /^next: lockstep backup-verify --fix$/m)
  assert.deepEqual(await wrong(), [`swapped ${one}`, `swapped ${two}`])
  const truth = { targets: () => [], facts: () => null }
  const known = await knownBackups(made.ports, made.open(), { truth })
  assert.deepEqual(
    known.damage.map(({ kind, name }) => `${kind} ${name}`),
    await wrong(),
  )
  const listed = await run('backup', 'list')
  assert.match(listed.stdout, /^note: none has a copy off this machine: lockstep backup$/m)
  assert.match(listed.stdout, /0001\.backup +\S+ ago +\S+ ago \(swapped\)/)
  assert.match(listed.stderr, /^next: lockstep backup-verify --fix$/m)

  const before = readFileSync(path('list.json'))
  const planned = await run('backup-verify', '--local', '--fix', '--check')
  assert.equal(planned.status, 7)
  assert.match(planned.stdout, /^write +shop-\S+-0001\.backup from here$/m)
  assert.deepEqual([readFileSync(path('list.json')), readFileSync(path(two))], [before, bytes], 'nothing is written')

  const fixed = await run('backup-verify', '--local', '--fix')
  assert.equal(fixed.status, 0, fixed.stdout)
  assert.match(fixed.stdout, /^written +shop-\S+-0002\.backup from here$/m)
  assert.deepEqual(readFileSync(path(one)), bytes)
  assert.deepEqual(await wrong(), [])
  assert.doesNotMatch((await run('backup', 'list')).stdout, /swapped/)

  writeFileSync(path('list.json'), String(readFileSync(path('list.json'))).replace('"number": 1', '"number": 9'))
  const tampered = await knownBackups(made.ports, made.open(), { truth })
  assert.deepEqual(
    tampered.damage.map(({ kind, name }) => `${kind} ${name}`),
    ['unreadable the list of backups'],
  )
  writeFileSync(path('list.json'), String(readFileSync(path('list.json'))).replace('"number": 9', '"number": 1'))

  renameSync(path(two), path('moved'))
  assert.equal((await run('backup-verify', '--local', '--fix')).status, 0)
  assert.ok(!existsSync(path('moved')), 'it has its name again')
})

test('what no place has whole goes from the list once that was said, and what is whole stays', async (t) => {
  const made = await backupProject(t)
  const [one, two] = [(await made.backup()).listed.name, (await made.backup()).listed.name]
  const run = (...args: readonly string[]): ReturnType<typeof call> => call(args, made.ports)
  rmSync(join(made.root, 'backups', one))
  const fixed = await run('backup-verify', '--local', '--fix')
  assert.equal(fixed.status, 7)
  assert.match(fixed.stdout, /no place has shop-\S+-0001\.backup whole: lockstep backup-verify --fix --drop/)
  const planned = await run('backup-verify', '--local', '--fix', '--drop', '--check')
  assert.match(planned.stdout, /^drop +shop-\S+-0001\.backup/m)
  const dropped = await run('backup-verify', '--local', '--fix', '--drop')
  assert.equal(dropped.status, 0, dropped.stdout)
  assert.match(dropped.stdout, /^verified +shop-\S+-0002\.backup$/m)
  assert.doesNotMatch((await run('backup', 'list')).stdout, /0001/)
  assert.deepEqual(
    readdirSync(join(made.root, 'backups')).filter((name) => name.endsWith('.backup')),
    [two],
  )
  const { status } = await run('backup-verify', '--drop')
  assert.equal(status, 2, '--drop is for --fix')
})

test('hosts that nobody may go to do not end it: what was found here is told and kept', async (t) => {
  const made = await backupProject(t)
  const { name } = (await made.backup()).listed
  rmSync(join(made.root, 'backups', name))
  const refuse = async (): Promise<never> => {
    throw fail('UNSAFE', 'others can write the inventory', { at: 'inventory/production' })
  }
  const ports = { ...made.ports, fleet: { ...made.ports.fleet, prepare: async () => {}, run: refuse } }
  writeFileSync(join(made.root, 'hosts'), 'onode1\n')
  const { status, stdout } = await call(['backup-verify', '--', '-i', 'hosts'], ports)
  assert.equal(status, 7)
  assert.match(stdout, /^missing +shop-\S+-0001\.backup is not there$/m)
  assert.match(stdout, /no host was asked: others can write the inventory/)
  const { backup } = await readKnown(made.ports, made.project)
  assert.deepEqual(
    (backup?.damage ?? []).map((one) => `${one.kind} ${one.name}`),
    [`missing ${name}`],
  )
})
