import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { changeProject } from '../../../src/app/project/change-project.ts'
import { Secret } from '../../../src/core/secret.ts'
import { enrolled, memoryFleet, type MemoryFleet } from '../../support/hosts-in-memory.ts'
import { cutOff, rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

const most = 2 ** 31 - 1

/** As root there would have its manifest say. */
const say = ({ hosts }: MemoryFleet, host: string, version: number): void => {
  const found = hosts[host] ?? assert.fail(host)
  const manifest = {
    scope: 'host',
    host,
    generation: { number: found.facts.current ?? 1, id: 'x' },
    revision: 1,
    secrets: { DB_PASSWORD: { group: 'db', version, fingerprint: 'f' } },
    runtime: { rung: 'host', uid: null },
  }
  found.facts = { ...found.facts, scopes: { host: { manifest, wrong: [] } } }
}

const version = async ({ open }: RotatingProject): Promise<number> =>
  (await fleetProject(open())).secrets.find(({ name }) => name === 'DB_PASSWORD')?.version ?? 0

test('a host that says it has the highest version of what another one is given has no say in the next', async (t) => {
  const fleet = memoryFleet({ host1: enrolled('host1'), host2: enrolled('host2') })
  const project = await rotatingProject(t, fleet)
  const { ports, open } = project
  await changeProject(ports, open(), {
    writes: [
      { group: 'db', name: 'DB_PASSWORD', value: null },
      { group: 'db', host: 'host2', name: 'DB_PASSWORD', value: new Secret('value-1') },
      { group: 'other', name: 'OTHER', value: new Secret('something') },
    ],
  })
  await project.deploy()
  say(fleet, 'host1', most)
  const before = await version(project)
  await project.rotate()
  assert.equal(await version(project), before + 1)
})

test('a host that says so of what it is given is named, and the others get the next version', async (t) => {
  const fleet = memoryFleet({ host1: enrolled('host1'), host2: enrolled('host2') })
  const project = await rotatingProject(t, fleet)
  await project.deploy()
  say(fleet, 'host1', most)
  const plan = await project.rotate({ check: true })
  assert.ok(
    plan.notes.includes(
      `host1: it says that it has DB_PASSWORD in version ${most}, which nobody can have given out: not believed`,
    ),
  )
  await project.rotate({ abandon: ['host1'] })
  assert.equal(await version(project), 2)
})

test('a host that says so while a rotation is half-done holds up itself alone', async (t) => {
  const fleet = memoryFleet({ host1: enrolled('host1'), host2: enrolled('host2'), host3: enrolled('host3') })
  const project = await rotatingProject(t, fleet)
  await project.deploy()
  await cutOff(
    project.world,
    (effect) => effect === 'before host3 stage',
    () => project.rotate(),
  )
  say(fleet, 'host2', 900)
  const next = await project.again('here')
  const { isOpen } = await next.rotate({ mode: 'resume', names: [], abandon: ['host2'] })
  assert.deepEqual([isOpen, await next.value('DB_PASSWORD')], [false, 'value-2'])
})
