import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { everyday } from '../../../src/app/fleet/delivery-context.ts'
import { fleetAudit } from '../../../src/app/fleet/fleet-audit.ts'
import { fleetStatus } from '../../../src/app/fleet/fleet-status.ts'
import { runDelivery } from '../../../src/app/fleet/run-delivery.ts'
import { fail } from '../../../src/core/errors.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

const look = { hosts: null, arguments: [], onHost: () => undefined }

/** The old value is ended, and these hosts take no other. */
const leaked = async (t: TestContext, hosts: RegExp): Promise<RotatingProject> => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)))
  await project.deploy()
  project.world.fleet.onCall = (call) => {
    if (hosts.test(call)) throw fail('UNAVAILABLE', 'its disk is full')
  }
  assert.equal((await project.rotate({ isEmergency: true })).isOpen, true)
  assert.deepEqual([...project.world.upstream.accepted], ['value-2'])
  project.world.fleet.onCall = () => undefined
  return project
}

const told = async ({ ports, project }: RotatingProject): Promise<readonly string[]> => {
  const { notes } = await fleetStatus(ports, project, look)
  const { findings } = await fleetAudit(ports, project, { ...look, fix: false, check: false, accepting: null })
  return [
    ...notes.filter((note) => note.includes('in force here')),
    ...findings.flatMap(({ id, host, message, fix }) => (id === 'BEHIND' ? [`${host} ${message}: ${fix}`] : [])),
  ]
}

suite('an emergency has ended the value that hosts still run', () => {
  test('each of them is named, with what brings the new one', async (t) => {
    const project = await leaked(t, /^host[34] stage$/)
    const words = 'DB_PASSWORD in force here is ended at the origin'
    assert.deepEqual(await told(project), [
      `host3: ${words}; lockstep rotate --resume brings the new one`,
      `host4: ${words}; lockstep rotate --resume brings the new one`,
      `host3 ${words}: lockstep rotate --resume`,
      `host4 ${words}: lockstep rotate --resume`,
    ])
    await project.rotate({ mode: 'resume', names: [] })
    assert.deepEqual(await told(project), [])
  })

  test('deploy does not bring it anywhere, nor does its plan say so', async (t) => {
    const project = await leaked(t, /^host\d stage$/)
    const other = await project.again('elsewhere')
    const { length } = project.world.fleet.calls
    for (const check of [true, false]) {
      const options = { ...everyday, arguments: [], check }
      const error = await refusal('CONFLICT', runDelivery(other.ports, other.project, options))
      assert.match(error.message, /^the value of DB_PASSWORD that it would be given is ended at its origin/)
      assert.equal(error.hint, 'lockstep rotate --resume')
    }
    assert.equal(project.world.fleet.calls.length, length)
    await project.rotate({ mode: 'resume', names: [] })
    assert.equal(await project.value('DB_PASSWORD'), 'value-2')
  })
})
