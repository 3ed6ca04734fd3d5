import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import { enrolled, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { rotatingProject } from '../../support/rotation-in-memory.ts'

test('a former value that a person may have ended is tried before hosts get it back', async (t) => {
  const project = await rotatingProject(t, memoryFleet({ host1: enrolled('host1') }), 'overlap: 7d')
  const { upstream } = project.world
  upstream.differs = {
    endsNothing: true,
    verify: async ({ pending }) => {
      if ([...pending.values()].some((value) => !upstream.accepted.has(value.reveal()))) throw fail('DENIED', 'refused')
    },
  }
  await project.rotate()
  upstream.accepted.delete('value-1')
  const error = await refusal('DENIED', project.rotate({ mode: 'abort', names: ['db'] }))
  assert.match(error.message, /the former value is refused/)
  assert.equal(await project.value('DB_PASSWORD'), 'value-2')

  upstream.accepted.add('value-1')
  const done = await project.rotate({ mode: 'abort', names: ['db'] })
  assert.deepEqual([done.isOpen, done.rows.map(({ end }) => end)], [false, ['withdrawn']])
  assert.equal(await project.value('DB_PASSWORD'), 'value-1')
})
