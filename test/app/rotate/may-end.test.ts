import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import { rotationExit } from '../../../src/core/rotate/rotation-report.ts'
import { deliverTo, enrolled, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { rotatingProject, setByHand, type RotatingProject } from '../../support/rotation-in-memory.ts'

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
  const abort = { mode: 'abort', names: ['db'] } as const
  const { rows } = await other.rotate(abort)
  assert.match(rows[0]?.problem?.message ?? '', /^host2 may still need the new value$/)
  assert.deepEqual(accepted(project), ['value-1', 'value-2'])
  await (await project.from(project.world)).rotate(abort)
  assert.deepEqual([...accepted(project), ...accepted(other)], ['value-1', 'value-1'])
})

test('a former value that was set again is not ended; --abort ends the one that was rotated to', async (t) => {
  const project = await start(t, 'overlap: 1h')
  await project.rotate()
  await setByHand(project, 'value-1')
  await project.deploy()
  for (const check of [true, false]) {
    const report = await project.rotate({ ...resume, isEmergency: true, check })
    const [row] = report.rows
    assert.deepEqual([row?.id, row?.problem?.code, rotationExit(report)], ['db', 'CONFLICT', 'PARTIAL'])
    assert.match(row?.problem?.message ?? '', /^the former value of DB_PASSWORD was set again and is in force$/)
    assert.match(report.waiting[0]?.why ?? '', /lockstep rotate --abort db ends the new one.*lockstep set DB_PASSWORD/)
    assert.deepEqual(accepted(project), ['value-1', 'value-2'])
  }
  await project.rotate({ mode: 'abort', names: ['db'] })
  assert.deepEqual([await project.value('DB_PASSWORD'), ...accepted(project)], ['value-1', 'value-1'])
})

test('another value that was set meanwhile is no reason to keep the former one', async (t) => {
  const project = await start(t, 'overlap: 1h')
  await project.rotate()
  await setByHand(project, 'value-3')
  await project.deploy()
  const report = await project.rotate({ ...resume, isEmergency: true })
  assert.deepEqual([report.waiting, rotationExit(report), ...accepted(project)], [[], null, 'value-2'])
})

test('a clone that has not heard of the new value ends the former one all the same', async (t) => {
  const project = await start(t, 'overlap: 1h')
  const stale = await project.again('elsewhere')
  await project.rotate()
  assert.equal(await stale.value('DB_PASSWORD'), 'value-1')
  assert.deepEqual((await stale.rotate({ ...resume, isEmergency: true })).waiting, [])
  assert.deepEqual(accepted(project), ['value-2'])
})
