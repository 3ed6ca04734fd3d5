import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotationHistory } from '../../../src/app/rotate/rotation-history.ts'
import { fail } from '../../../src/core/errors.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { withGroups } from '../../support/rotation-groups.ts'
import {
  cutOff,
  hostOf,
  outlast,
  rotatingProject,
  setByHand,
  type RotatingProject,
} from '../../support/rotation-in-memory.ts'

const hosts = ['host1', 'host2', 'host3', 'host4']

/** Of the last rotation: what became of it, and the hosts that were proved. */
const told = async ({ ports, project }: RotatingProject): Promise<readonly unknown[]> => {
  const { rotations } = await rotationHistory(ports, project, { arguments: [], onHost: () => undefined })
  const [last] = rotations
  return [Object.values(last?.credentials ?? {}), Object.keys(last?.hosts ?? {}).toSorted()]
}

const failing = ({ world }: RotatingProject, host: string): void => {
  world.fleet.onCall = (call) => {
    if (call === `${host} stage`) throw fail('UNAVAILABLE', 'its disk is full')
  }
}

test('hosts that were proved before a run ended half-way are told as well', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  await project.deploy()
  failing(project, 'host4')
  assert.equal((await project.rotate()).isOpen, true)
  project.world.fleet.onCall = () => undefined
  const other = await project.again('elsewhere')
  await other.rotate({ mode: 'resume', names: [] })
  assert.deepEqual(await told(project), [['retired'], hosts])
})

test('those too that had it when the run before was killed', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)), 'overlap: 1h')
  await project.deploy()
  // the delivery is recorded, and nothing after it: host4 has no more to do with it
  const isThere = (_: string, before: readonly string[]): boolean => {
    const since = before.slice(before.indexOf('after host4 stage'))
    return ['host1', 'host2', 'host3'].every((host) => since.includes(`after ${host} record`))
  }
  assert.ok((await cutOff(project.world, isThere, () => project.rotate())).isCut)
  outlast(project.world)
  const other = await project.again('elsewhere')
  await other.rotate({ mode: 'resume', names: [] })
  assert.deepEqual(await told(project), [['promoted'], hosts])
})

test('those that an --abort delivers to at its end too, and none that did not take the former value', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  await project.deploy()
  failing(project, 'host4')
  await project.rotate()
  failing(project, 'host3')
  await project.rotate({ mode: 'abort', names: [], abandon: ['host3'] })
  assert.deepEqual(await told(project), [['withdrawn'], ['host1', 'host2', 'host4']])
})

test('one that is brought the new value later is told with its rotation', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)), 'overlap: 1h')
  await project.deploy()
  const host2 = hostOf(project, 'host2')
  host2.isDown = true
  await project.rotate({ allowMissing: true })
  assert.deepEqual(await told(project), [['promoted'], ['host1', 'host3', 'host4']])
  host2.isDown = false
  await project.rotate({ mode: 'resume', names: [] })
  assert.deepEqual(await told(project), [['promoted'], hosts])
})

test('only hosts that are given one of its secrets', async (t) => {
  const one = await rotatingProject(t, memoryFleet(four(enrolled)))
  const project = await withGroups(one, 'db: { keys: [DB_PASSWORD] }, ops: { keys: [ADMIN], rotate: { with: random } }')
  await setByHand(project, 'value-7', { group: 'ops', host: 'host1', name: 'ADMIN' })
  await project.rotate({ names: [] })
  assert.deepEqual(await told(project), [['retired'], ['host1']])
})
