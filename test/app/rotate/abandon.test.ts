import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotationExit } from '../../../src/core/rotate/rotation-report.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
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
