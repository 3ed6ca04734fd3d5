import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

suite('a rotation while the former value still waits for its end says what to type', () => {
  const start = (t: TestContext, settings = 'overlap: 1h'): Promise<RotatingProject> =>
    rotatingProject(t, memoryFleet(four(enrolled)), settings)
  const hintOf = async (project: RotatingProject): Promise<string> =>
    (await refusal('CONFLICT', project.rotate())).hint ?? ''

  test('where nothing but time is missing: until when, and both ways not to wait', async (t) => {
    const project = await start(t)
    await project.rotate()
    assert.match(
      await hintOf(project),
      /^its overlap is over at \d{4}-\S+Z: lockstep rotate --resume ends it then; to end it now: lockstep rotate --resume --emergency; to take the new one back: lockstep rotate --abort db; then the same again$/,
    )
  })

  test('where a host does not have the new one as well', async (t) => {
    const project = await start(t)
    await project.deploy()
    const [, second] = Object.values(project.world.fleet.hosts)
    assert.ok(second !== undefined)
    second.isDown = true
    await project.rotate({ allowMissing: true })
    const { hint = '' } = await refusal('CONFLICT', project.rotate({ allowMissing: true }))
    assert.match(
      hint,
      /ends it then, once every host has the new one; to end it now, once every host has the new one: /,
    )
  })

  test('where its end was refused', async (t) => {
    const project = await start(t, 'overlap: 0s')
    project.world.upstream.differs = {
      retire: async () => {
        throw fail('DENIED', 'refused')
      },
    }
    await project.rotate()
    assert.equal(
      await hintOf(project),
      'its end has begun: lockstep rotate --resume goes on with it; then the same again',
    )
  })
})
