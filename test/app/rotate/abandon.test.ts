import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seenJournal } from '../../../src/app/rotate/seen-journal.ts'
import { openCredentials } from '../../../src/core/rotate/journal.ts'
import { rotationExit } from '../../../src/core/rotate/rotation-report.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { withGroups } from '../../support/rotation-groups.ts'
import { rotatingProject } from '../../support/rotation-in-memory.ts'

test('the former value waits for a host that is down, until that is abandoned', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  const { accepted } = project.world.upstream
  const { host4 = assert.fail('no host4') } = project.world.fleet.hosts
  await project.rotate()
  host4.isDown = true
  await project.rotate({ allowMissing: true })
  await project.rotate({ mode: 'resume', names: [] })
  assert.deepEqual([...accepted], ['value-2', 'value-3'])
  const plan = await project.rotate({ mode: 'resume', names: [], abandon: ['host4'], check: true })
  assert.deepEqual([plan.waiting.map(({ why }) => why), ...accepted], [[null], 'value-2', 'value-3'])
  const done = await project.rotate({ mode: 'resume', names: [], abandon: ['host4'] })
  assert.deepEqual([done.waiting, ...accepted], [[], 'value-3'])
  assert.deepEqual([rotationExit(done), done.abandoned], [null, ['host4']])
  assert.deepEqual(
    [plan.notes, done.notes].map((notes) => notes.some((note) => note.startsWith('waiting DB_PASSWORD'))),
    [true, false],
  )
})

const groups = `db: { keys: [DB_PASSWORD], rotate: { with: random, overlap: 1h } },
  ops: { keys: [ADMIN], rotate: { with: random, overlap: 1h } }`

test('a host is abandoned for what the run is about alone, until it is back', async (t) => {
  const base = await rotatingProject(t, memoryFleet(four(enrolled)))
  const project = await withGroups(base, groups, { ops: { ADMIN: 'admin' } })
  const { host4 = assert.fail('no host4') } = project.world.fleet.hosts
  const abandoned = async (): Promise<readonly (readonly string[])[]> =>
    openCredentials(await seenJournal(project.ports, project.open())).map((one) => [one.id, ...one.abandoned])

  await project.deploy()
  host4.isDown = true
  await project.rotate({ allowMissing: true })
  await project.rotate({ names: ['ops'], abandon: ['host4'] })
  assert.deepEqual(await abandoned(), [['db'], ['ops', 'host4']])
  const { waiting } = await project.rotate({ mode: 'resume', names: [], isEmergency: true })
  assert.deepEqual(
    waiting.map(({ id, hosts }) => [id, hosts]),
    [['db', ['host4']]],
  )
})

test('a host that is proved to be back is abandoned no more', async (t) => {
  const base = await rotatingProject(t, memoryFleet(four(enrolled)))
  const project = await withGroups(base, groups, { ops: { ADMIN: 'admin' } })
  const { host4 = assert.fail('no host4') } = project.world.fleet.hosts
  const abandoned = async (): Promise<readonly (readonly string[])[]> =>
    openCredentials(await seenJournal(project.ports, project.open())).map((one) => [one.id, ...one.abandoned])

  host4.isDown = true
  await project.rotate({ abandon: ['host4'] })
  assert.deepEqual(await abandoned(), [['db', 'host4']])
  host4.isDown = false
  await project.deploy()
  await project.rotate({ names: ['ops'] })
  assert.deepEqual(await abandoned(), [['db'], ['ops']])
})

test('a host that nobody knows is not abandoned', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  const error = await refusal('USAGE', project.rotate({ abandon: ['hots4'] }))
  assert.match(error.message, /^no host is called hots4; did you mean host4\?$/)
  assert.deepEqual([...project.world.upstream.accepted], ['value-1'])
})
