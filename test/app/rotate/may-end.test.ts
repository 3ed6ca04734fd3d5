import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import { deliverTo, enrolled, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

const start = (t: TestContext, settings?: string): Promise<RotatingProject> =>
  rotatingProject(t, memoryFleet({ host1: enrolled('host1'), host2: enrolled('host2') }), settings)

test('a value whose end has begun is none to roll back to', async (t) => {
  const project = await start(t)
  const stale = await project.again('elsewhere')
  project.world.upstream.onStep = (step) => {
    if (step !== 'retire') return
    project.world.upstream.accepted.delete('value-1')
    throw fail('CONFLICT', 'the old key is inactive now, and not deleted')
  }
  await project.rotate()
  const rollBack = ['DB_PASSWORD']
  const { message } = await refusal('CONFLICT', deliverTo(project.world.fleet, stale, { rollBack }))
  assert.match(message, /^it cannot go back: .*DB_PASSWORD is ended upstream/)
})
