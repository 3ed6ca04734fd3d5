import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { everyday } from '../../../src/app/fleet/delivery-context.ts'
import { runDelivery } from '../../../src/app/fleet/run-delivery.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { withGroups } from '../../support/rotation-groups.ts'
import {
  cutOff,
  hostOf,
  outlast,
  rotatingProject,
  setByHand,
  type RotatingProject,
} from '../../support/rotation-in-memory.ts'

const start = (t: TestContext, settings?: string): Promise<RotatingProject> =>
  rotatingProject(t, memoryFleet(four(enrolled)), settings)

/** Another clone gives host4 alone another value, and host4 goes down. */
const byAnother = async (project: RotatingProject, value: string): Promise<RotatingProject> => {
  const other = await project.again('elsewhere')
  await setByHand(other, value)
  other.world.upstream.accepted.add(value)
  await runDelivery(other.ports, other.project, { ...everyday, hosts: 'host4', arguments: [] })
  hostOf(project, 'host4').isDown = true
  return other
}

const takeBack = ({ ports, project }: RotatingProject): Promise<unknown> =>
  runDelivery(ports, project, { ...everyday, rollBack: ['DB_PASSWORD'], arguments: [] })

const onHost4 = (project: RotatingProject): number | undefined =>
  hostOf(project, 'host4').facts.scopes['host']?.manifest?.secrets['DB_PASSWORD']?.version

const accepted = ({ world }: RotatingProject): readonly string[] => [...world.upstream.accepted]

const abort = { mode: 'abort', names: ['db'] } as const
const resume = { mode: 'resume', names: [] } as const

suite('a host that is down has a value of another clone', () => {
  test('a rotation is refused, and nothing is done upstream', async (t) => {
    const project = await start(t)
    await project.deploy()
    const other = await byAnother(project, 'value-9')
    for (const names of [['db'], []]) {
      for (const check of [false, true]) {
        const error = await refusal('CONFLICT', project.rotate({ names, check, allowMissing: true }))
        assert.equal(error.message, 'this clone is behind: DB_PASSWORD has version 2 on host4, and 1 here')
        assert.match(error.hint ?? '', /^git pull; .*lockstep set DB_PASSWORD --group db gives.*--abandon-host host4$/)
      }
    }
    assert.deepEqual(accepted(project), ['value-1', 'value-9'])
    // whoever has it goes on
    assert.deepEqual(
      (await other.rotate({ allowMissing: true })).rows.map(({ end }) => end),
      ['promoted'],
    )
  })

  test('where its commit is lost for good, another value that is set here goes on', async (t) => {
    const project = await start(t)
    await project.deploy()
    await byAnother(project, 'value-9')
    await refusal('CONFLICT', project.rotate({ allowMissing: true }))
    await setByHand(project, 'value-20')
    await project.deploy()
    await project.rotate({ allowMissing: true })
    hostOf(project, 'host4').isDown = false
    await project.deploy()
    assert.deepEqual((await project.rotate(resume)).waiting, [])
    assert.deepEqual([await project.value('DB_PASSWORD'), onHost4(project)], ['value-21', 4])
  })

  test('where that host is gone for good, it is left behind', async (t) => {
    const project = await start(t)
    await project.deploy()
    await byAnother(project, 'value-9')
    await project.rotate({ abandon: ['host4'] })
    assert.equal(await project.value('DB_PASSWORD'), 'value-2')
  })

  test('the way back is refused as well, now and when the host is back; the value stays there', async (t) => {
    const project = await start(t, 'overlap: 1h')
    await project.rotate()
    const other = await byAnother(project, 'by hand')
    const error = await refusal('CONFLICT', project.rotate(abort))
    assert.equal(error.message, 'this clone is behind: DB_PASSWORD has version 3 on host4, and 2 here')
    assert.match(error.hint ?? '', /lockstep set DB_PASSWORD --group db gives it a version above/)
    await refusal('CONFLICT', project.rotate({ ...abort, check: true }))
    hostOf(project, 'host4').isDown = false
    await refusal('CONFLICT', project.rotate(abort))
    assert.deepEqual([onHost4(project), accepted(project)], [3, ['value-1', 'value-2', 'by hand']])
    assert.equal((await other.rotate(abort)).isOpen, false)
    assert.deepEqual([await other.value('DB_PASSWORD'), accepted(project)], ['by hand', ['value-1', 'by hand']])
  })

  test('on the way back a value that is set here takes its place', async (t) => {
    const project = await start(t, 'overlap: 1h')
    await project.rotate()
    await byAnother(project, 'by hand')
    await refusal('CONFLICT', project.rotate(abort))
    await setByHand(project, 'once more')
    hostOf(project, 'host4').isDown = false
    assert.equal((await project.rotate(abort)).isOpen, false)
    assert.deepEqual([await project.value('DB_PASSWORD'), onHost4(project)], ['once more', 5])
  })

  for (const [way, leave] of [
    ['the host is left behind', ({ rotate }) => rotate({ ...abort, abandon: ['host4'] })],
    [
      'the host is taken back once it answers',
      async (project) => {
        hostOf(project, 'host4').isDown = false
        await takeBack(project)
        return project.rotate(abort)
      },
    ],
  ] satisfies readonly (readonly [string, (project: RotatingProject) => ReturnType<RotatingProject['rotate']>])[]) {
    test(`under the very version that a rotation is to have, which is half-done: ${way}`, async (t) => {
      const project = await start(t)
      await project.deploy()
      const other = await project.again('elsewhere')
      const isInstalled = (effect: string): boolean => effect === 'before upstream verify'
      assert.ok((await cutOff(project.world, isInstalled, () => project.rotate())).isCut)
      outlast(project.world)
      await byAnother(other, 'value-9')
      const next = await project.again('here')
      const error = await refusal('CONFLICT', next.rotate(abort))
      assert.equal(error.message, 'this clone is behind: DB_PASSWORD has version 2 on host4, and 1 here')
      assert.match(error.hint ?? '', /^git pull; .*lockstep deploy --roll-back DB_PASSWORD takes it back/)
      assert.equal((await leave(next)).isOpen, false)
      assert.deepEqual([await next.value('DB_PASSWORD'), accepted(next)], ['value-1', ['value-1', 'value-9']])
    })
  }
})

suite('what is no reason to call a clone behind', () => {
  test('its own rotations, taken back or not, with a host that was down all along', async (t) => {
    const project = await start(t, 'overlap: 1h')
    await project.rotate()
    hostOf(project, 'host4').isDown = true
    await project.rotate({ ...abort, abandon: ['host4'] })
    for (const end of ['abort', 'resume'] as const) {
      await project.rotate({ allowMissing: true })
      await project.rotate({
        mode: end,
        names: end === 'abort' ? ['db'] : [],
        isEmergency: end === 'resume',
        abandon: ['host4'],
      })
    }
    hostOf(project, 'host4').isDown = false
    await project.deploy()
    await project.rotate({ isEmergency: true })
    assert.deepEqual((await project.rotate(resume)).waiting, [])
  })

  test('a host that was taken back on purpose', async (t) => {
    const project = await start(t)
    await project.deploy()
    await byAnother(project, 'value-9')
    hostOf(project, 'host4').isDown = false
    await takeBack(project)
    hostOf(project, 'host4').isDown = true
    await project.rotate({ allowMissing: true })
    assert.equal(await project.value('DB_PASSWORD'), 'value-2')
  })

  test('a first value that was taken back from hosts: nobody has a record of it', async (t) => {
    const project = await withGroups(await start(t), 'db: { keys: [DB_PASSWORD, MORE], rotate: { with: random } }')
    const isOut = (effect: string, before: readonly string[]): boolean =>
      effect === 'before change of the project' && before.includes('after upstream verify')
    assert.ok((await cutOff(project.world, isOut, () => project.rotate())).isCut)
    const next = await project.again('here')
    const back = await next.rotate({ mode: 'abort', names: [] })
    assert.deepEqual([back.isOpen, back.rows.map(({ end }) => end)], [false, ['withdrawn']])
    const { rows } = await next.rotate()
    assert.deepEqual(
      rows.map(({ end }) => end),
      ['retired'],
    )
  })
})
