import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { seenLedger } from '../../../src/app/fleet/ledger-store.ts'
import { changeProject } from '../../../src/app/project/change-project.ts'
import { Secret } from '../../../src/core/secret.ts'
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

test('a former value that waits for its end is found when no host has its generation any more', async (t) => {
  const fleet = memoryFleet({ host1: enrolled('host1'), host2: enrolled('host2') })
  const project = await rotatingProject(t, fleet, 'overlap: 7d')
  await project.deploy()
  await project.rotate()
  fleet.removed = [1]
  await changeProject(project.ports, project.open(), {
    writes: [{ group: 'db', name: 'DB_NAME', value: new Secret('shop') }],
  })
  await project.deploy()
  const ledger = await seenLedger(project.ports, await fleetProject(project.open()))
  const { generations = [] } = ledger?.hosts['host1'] ?? {}
  assert.ok(
    generations.every(({ secrets }) => secrets['DB_PASSWORD'] === 2),
    'its generation was pruned',
  )

  const run = await project.rotate({ names: [], exposedBy: 'host1', isEmergency: true })
  assert.ok(states(run).includes('DB_PASSWORD 1 former'), states(run).join())
  assert.deepEqual([...project.world.upstream.accepted], ['value-2'])
})

test('a former value that was given back is noted until a later rotation has ended it', async (t) => {
  const project = await rotatingProject(t, memoryFleet({ host1: enrolled('host1') }), 'overlap: 1h')
  const noted = async (): Promise<unknown> => {
    const ledger = await seenLedger(project.ports, await fleetProject(project.open()))
    return [ledger?.ended, ledger?.returned]
  }
  await project.deploy()
  await project.rotate()
  await project.rotate({ mode: 'abort', names: ['db'] })
  assert.deepEqual(await noted(), [{ DB_PASSWORD: 3 }, { DB_PASSWORD: 3 }])
  await project.rotate()
  assert.deepEqual(await noted(), [{ DB_PASSWORD: 3 }, { DB_PASSWORD: 3 }], 'it waits for its end')
  const found = await project.rotate({ names: [], exposedBy: 'host1', check: true })
  assert.deepEqual(
    states(found).filter((one) => one.endsWith('replaced')),
    [],
  )
  await project.rotate({ mode: 'resume', names: [], isEmergency: true })
  assert.deepEqual(await noted(), [{ DB_PASSWORD: 4 }, undefined])
  assert.deepEqual([...project.world.upstream.accepted], ['value-2'])
})

test('a value that was replaced by hand is for a person to look after', async (t) => {
  const project = await rotatingProject(t, memoryFleet({ host1: enrolled('host1') }))
  await project.deploy()
  await changeProject(project.ports, project.open(), {
    writes: [{ group: 'db', name: 'DB_PASSWORD', value: new Secret('value-7') }],
  })
  await project.deploy()
  const run = await project.rotate({ names: [], exposedBy: 'host1', isEmergency: true })
  assert.deepEqual(states(run), ['DB_PASSWORD 2 valid', 'DB_PASSWORD 1 unended'])
  assert.equal(rotationExit(run), 'PARTIAL')
})

const states = ({ exposed }: RotationReport): readonly string[] =>
  (exposed?.secrets ?? []).map(({ name, version, state }) => `${name} ${version} ${state}`)
