import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import { deliverTo, enrolled, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

const start = (t: TestContext, settings?: string): Promise<RotatingProject> =>
  rotatingProject(t, memoryFleet({ host1: enrolled('host1'), host2: enrolled('host2') }), settings)

const accepted = ({ world }: RotatingProject): readonly string[] => [...world.upstream.accepted]

const resume = { mode: 'resume', names: [] } as const

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

/** The project in a clone whose inventory lacks host2. */
const withoutHost2 = ({ world, from }: RotatingProject): Promise<RotatingProject> => {
  const { host1 = assert.fail('no host1') } = world.fleet.hosts
  return from({ ...world, fleet: { ...world.fleet, hosts: { host1 } } })
}

test('a host that this clone does not know keeps the value that it has, until it is abandoned', async (t) => {
  const project = await start(t)
  await deliverTo(project.world.fleet, project)
  const other = await withoutHost2(project)
  const { waiting } = await other.rotate()
  assert.match(
    waiting[0]?.why ?? '',
    /^host2: has the former value, and this clone does not know it: git pull; .*deploy --forget host2$/,
  )
  assert.deepEqual(accepted(project), ['value-1', 'value-2'])
  assert.deepEqual((await other.rotate({ ...resume, abandon: ['host2'] })).waiting, [])
  assert.deepEqual(accepted(project), ['value-2'])
})

test('one that was forgotten keeps nothing', async (t) => {
  const project = await start(t)
  await deliverTo(project.world.fleet, project)
  const other = await withoutHost2(project)
  await deliverTo(other.world.fleet, other, { forget: ['host2'] })
  assert.deepEqual((await other.rotate()).waiting, [])
  assert.deepEqual(accepted(project), ['value-2'])
})

test('the new value is not taken back from under a host that this clone does not know', async (t) => {
  const project = await start(t, 'overlap: 1h')
  await project.rotate()
  const other = await withoutHost2(project)
  const abort = { mode: 'abort', names: [] } as const
  const { rows } = await other.rotate(abort)
  assert.match(rows[0]?.problem?.message ?? '', /^host2 may still need the new value$/)
  assert.deepEqual(accepted(project), ['value-1', 'value-2'])
  await (await project.from(project.world)).rotate(abort)
  assert.deepEqual([...accepted(project), ...accepted(other)], ['value-1', 'value-1'])
})
