import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotationExit, type RotationReport } from '../../../src/core/rotate/rotation-report.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { rotatingProject } from '../../support/rotation-in-memory.ts'

test('what a host could read: the former value that still waits is ended first, then the one in force is replaced', async (t) => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  const { accepted } = project.world.upstream
  const { host4 = assert.fail('no host4') } = project.world.fleet.hosts
  const exposedBy = (who: string): Promise<RotationReport> =>
    project.rotate({ names: [], exposedBy: who, isEmergency: true, abandon: ['host4'] })

  await project.rotate()
  host4.isDown = true
  await project.rotate({ allowMissing: true })
  assert.deepEqual([...accepted], ['value-2', 'value-3'])

  const first = await exposedBy('host1')
  assert.deepEqual(states(first), ['DB_PASSWORD 3 valid', 'DB_PASSWORD 2 former'])
  assert.match(first.rows[0]?.problem?.hint ?? '', /this run ends it .* then the same again/)
  assert.deepEqual([rotationExit(first), ...accepted], ['PARTIAL', 'value-3'])

  const second = await exposedBy('host1')
  assert.deepEqual([second.rows.map(({ end }) => end), ...accepted], [['retired'], 'value-4'])

  // it was down all along
  const other = await exposedBy('host4')
  assert.deepEqual([states(other), other.rows], [['DB_PASSWORD 2 replaced'], []])
  assert.deepEqual([rotationExit(other), ...accepted], [null, 'value-4'])
  assert.equal(await project.value('DB_PASSWORD'), 'value-4')
})

const states = ({ exposed }: RotationReport): readonly string[] =>
  (exposed?.secrets ?? []).map(({ name, version, state }) => `${name} ${version} ${state}`)
