import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { rotationExit, type RotationReport } from '../../../src/core/rotate/rotation-report.ts'
import { fail } from '../../../src/core/errors.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { withGroups } from '../../support/rotation-groups.ts'
import { hostOf, rotatingProject, setByHand, type RotatingProject } from '../../support/rotation-in-memory.ts'

/** All hosts have `value-1`; then one is down, and the others get the next. */
const without = async (t: TestContext, host: string, settings?: string): Promise<RotatingProject> => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)), settings)
  await project.deploy()
  hostOf(project, host).isDown = true
  const done = await project.rotate({ allowMissing: true })
  const [lost] = done.hosts.filter(({ state }) => state === 'unreachable')
  if (settings === undefined) assert.match(lost?.problem?.hint ?? '', /^when it is back: lockstep rotate --resume;/)
  assert.equal(rotationExit(done), 'PARTIAL')
  return project
}

const onlyWaits = { names: [] } as const
const ways = [
  ['--resume', { ...onlyWaits, mode: 'resume' }],
  ['--due', { ...onlyWaits, due: true }],
] as const

const told = (report: RotationReport): readonly unknown[] => [
  rotationExit(report),
  report.hosts.map(({ host, state }) => `${host} ${state}`),
  report.waiting.map(({ why }) => why),
]

for (const [name, options] of ways) {
  suite(`${name} where a host did not get the new value`, () => {
    test('it is down still: that is no success, and what is wrong is said once', async (t) => {
      const project = await without(t, 'host2')
      for (const check of [true, false]) {
        const report = await project.rotate({ ...options, check })
        assert.deepEqual(told(report), ['PARTIAL', ['host2 unreachable'], ['host2 (does not answer)']])
        assert.match(report.hosts[0]?.problem?.hint ?? '', /lockstep rotate --resume --abandon-host host2$/)
      }
    })

    test('it is back: it is brought the new value, and the former one ends', async (t) => {
      const project = await without(t, 'host2')
      hostOf(project, 'host2').isDown = false
      const plan = await project.rotate({ ...options, check: true })
      assert.deepEqual(told(plan), [null, ['host2 planned'], ['host2: it does not have the new value']])
      const before = project.world.fleet.calls.length
      const done = await project.rotate(options)
      const swept = ['host1 tidied', 'host3 tidied', 'host4 tidied']
      assert.deepEqual(told(done), [null, ['host2 delivered', ...swept], []])
      assert.deepEqual([...project.world.upstream.accepted], ['value-2'])
      const staged = project.world.fleet.calls.slice(before).filter((call) => call.endsWith('stage'))
      assert.equal(staged[0], 'host2 stage')
    })

    test('it is back and must not be touched: why not is said, and the former value stays', async (t) => {
      const project = await without(t, 'host2')
      hostOf(project, 'host2').isDown = false
      const host2 = hostOf(project, 'host2')
      host2.facts = { ...host2.facts, readOnly: true }
      const done = await project.rotate(options)
      assert.deepEqual(told(done), ['PARTIAL', ['host2 refused'], ['host2: it does not have the new value']])
      assert.equal(done.hosts[0]?.problem?.message, 'its disk is read-only')
      assert.deepEqual([...project.world.upstream.accepted], ['value-1', 'value-2'])
    })

    test('it is back and takes nothing: that is no success, and the former value stays', async (t) => {
      const project = await without(t, 'host2')
      hostOf(project, 'host2').isDown = false
      project.world.fleet.onCall = (call) => {
        if (call === 'host2 stage') throw fail('UNAVAILABLE', 'its disk is full')
      }
      const done = await project.rotate(options)
      assert.deepEqual(told(done), ['PARTIAL', ['host2 failed'], ['host2: it does not have the new value']])
      assert.deepEqual([...project.world.upstream.accepted], ['value-1', 'value-2'])
    })
  })
}

test('within its overlap a host that is back is brought up, and one that is not is no failure yet', async (t) => {
  const project = await without(t, 'host2', 'overlap: 1h')
  const early = await project.rotate({ mode: 'resume', names: [] })
  assert.equal(rotationExit(early), null)
  hostOf(project, 'host2').isDown = false
  const done = await project.rotate({ mode: 'resume', names: [] })
  assert.deepEqual(told(done), [null, ['host2 delivered'], ['for 1h more']])
})

test('nothing is brought as long as a rotation is half-done', async (t) => {
  const one = await rotatingProject(t, memoryFleet(four(enrolled)))
  const rotated = 'rotate: { with: random, overlap: 0s }'
  const groups = `db: { keys: [DB_PASSWORD], ${rotated} }, ops: { keys: [ADMIN], ${rotated} }`
  const project = await withGroups(one, groups)
  await setByHand(project, 'value-7', { group: 'ops', host: 'host1', name: 'ADMIN' })
  await project.deploy()
  hostOf(project, 'host4').isDown = true
  await project.rotate({ allowMissing: true })
  project.world.upstream.onStep = (step) => {
    if (step === 'verify') throw fail('UNAVAILABLE', 'no answer in time')
  }
  assert.equal((await project.rotate({ names: ['ops'], allowMissing: true })).isOpen, true)
  hostOf(project, 'host4').isDown = false
  const { length } = project.world.fleet.calls
  const { isOpen } = await project.rotate({ mode: 'resume', names: [] })
  assert.equal(isOpen, true)
  assert.ok(!project.world.fleet.calls.slice(length).includes('host4 stage'))
  project.world.upstream.onStep = () => undefined
  const done = await project.rotate({ mode: 'resume', names: [] })
  assert.deepEqual([rotationExit(done), done.waiting], [null, []])
  assert.deepEqual([...project.world.upstream.accepted].toSorted(), ['value-2', 'value-8'])
})
