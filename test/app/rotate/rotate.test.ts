import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { rotatingProject } from '../../support/rotation-in-memory.ts'

test('a rotation from the plan to the end of the old value', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  const report = await project.rotate()
  console.log(JSON.stringify(report, null, 1), project.world.fleet.calls)
  assert.equal(await project.value('DB_PASSWORD'), 'value-2')
  assert.deepEqual([...project.world.upstream.accepted], ['value-2'])
})
