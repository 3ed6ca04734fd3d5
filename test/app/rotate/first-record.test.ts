import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail, type Code } from '../../../src/core/errors.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

/** Their first keeper of the ledger answers its first record like this. */
const refusing = (project: RotatingProject, code: Code): void => {
  let isFirst = true
  project.world.fleet.onCall = (call) => {
    if (call !== 'host1 record' || !isFirst) return
    isFirst = false
    throw fail(code, 'held by somebody (pid 7)', { at: 'host1' })
  }
}

test('who comes second has no host at all: the first keeper refuses before another is asked', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  refusing(project, 'CONFLICT')
  await refusal('CONFLICT', project.rotate())
  const { fleet, upstream } = project.world
  assert.deepEqual(fleet.calls, [])
  assert.deepEqual([...upstream.accepted], ['value-1'])
  assert.ok(
    Object.values(fleet.hosts).every(({ facts }) => facts.ledger === null && (facts.lease?.run ?? null) === null),
  )
})

test('a first keeper that is lost just then holds up nobody', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  refusing(project, 'UNAVAILABLE')
  await project.rotate()
  assert.deepEqual(project.world.fleet.calls.slice(0, 2), ['host2 record', 'host3 record'])
  assert.deepEqual([...project.world.upstream.accepted], ['value-2'])
})
