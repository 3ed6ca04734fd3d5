import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import type { RotationReport } from '../../../src/core/rotate/rotation-report.ts'
import type { Rotator } from '../../../src/core/rotate/rotator.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { cutOff, rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

const resume = { mode: 'resume', names: [] } as const

suite('what a result says is as it is now', () => {
  const start = async (t: TestContext, differs: Partial<Rotator> = {}): Promise<RotatingProject> => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)))
    project.world.upstream.differs = differs
    return project
  }
  const look = async (): Promise<{ readonly note: string }> => ({ note: 'next user app_b' })
  const told = ({ rows }: RotationReport): unknown => rows.map(({ action, end, note, why }) => [action, end, note, why])

  test('what the look found belongs to the plan', async (t) => {
    const project = await start(t, { look })
    assert.deepEqual(told(await project.rotate({ check: true })), [['rotate', null, 'next user app_b', null]])
    assert.deepEqual(told(await project.rotate()), [['rotate', 'retired', null, null]])
  })

  test('but for who ends the former value', async (t) => {
    const project = await start(t, { look, endsNothing: true })
    assert.deepEqual(told(await project.rotate()), [['rotate', 'retired', 'next user app_b', null]])
  })

  test('what went wrong before is over once it went well', async (t) => {
    const project = await start(t, {
      retire: async () => {
        throw fail('DENIED', 'refused')
      },
    })
    await project.rotate()
    const again = await project.rotate(resume)
    assert.deepEqual(
      [told(again), again.rows[0]?.problem?.message],
      [[['retire', 'promoted', null, 'refused']], 'refused'],
    )
    project.world.upstream.differs = {}
    assert.deepEqual(told(await project.rotate(resume)), [['retire', 'retired', null, null]])
  })

  test('what was cut off and gone on with was rotated', async (t) => {
    const project = await start(t)
    await cutOff(
      project.world,
      (effect) => effect === 'after upstream install',
      () => project.rotate(),
    )
    const next = await project.again('here')
    assert.deepEqual(told(await next.rotate(resume)), [['rotate', 'retired', null, null]])
  })
})
