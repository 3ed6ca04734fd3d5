import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { fleetStatus } from '../../../src/app/fleet/fleet-status.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { cutOff, hostOf, outlast, rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

/** All hosts have had `value-1`. */
const delivered = async (t: TestContext, settings?: string): Promise<RotatingProject> => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)), settings)
  await project.deploy()
  return project
}

const standing = async ({ ports, project }: RotatingProject): Promise<readonly string[]> => {
  const { hosts } = await fleetStatus(ports, project, { hosts: null, arguments: [], onHost: () => undefined })
  return hosts.map(({ host, state, reason }) => [host, state, reason].filter(Boolean).join(' '))
}

const inStep = ['host1 in step', 'host2 in step', 'host3 in step', 'host4 in step']

suite('no generation with an ended value stays where one run could take it away', () => {
  for (const [when, point] of [
    ['before any host has the new value', 'before host1 stage'],
    ['when some have it', 'before host4 stage'],
    ['when all have it', 'before change of the project'],
  ] as const) {
    test(`--abort ${when}`, async (t) => {
      const project = await delivered(t)
      const isThere = (effect: string, before: readonly string[]): boolean =>
        effect === point && (point !== 'before change of the project' || before.includes('after host4 stage'))
      await cutOff(project.world, isThere, () => project.rotate())
      outlast(project.world)
      await project.rotate({ mode: 'abort', names: [] })
      assert.deepEqual(await standing(project), inStep)
    })
  }

  test('a deploy to a host that was down', async (t) => {
    const project = await delivered(t)
    const host2 = hostOf(project, 'host2')
    host2.isDown = true
    await project.rotate({ allowMissing: true, abandon: ['host2'] })
    host2.isDown = false
    await project.deploy()
    assert.deepEqual(await standing(project), inStep)
  })
})
