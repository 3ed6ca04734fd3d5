import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { seenJournal } from '../../../src/app/rotate/seen-journal.ts'
import { fail, type Code } from '../../../src/core/errors.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { cutOff, hostOf, rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

const accepted = ({ world }: RotatingProject): readonly string[] => [...world.upstream.accepted]

/** These hosts answer a record like this. */
const answering = ({ world }: RotatingProject, answers: Readonly<Record<string, Code>>): void => {
  world.fleet.onCall = (call) => {
    const [host = '', op] = call.split(' ')
    const code = answers[host]
    if (op === 'record' && code !== undefined) throw fail(code, 'held by root@host (pid 1)', { at: host })
  }
}

/** Nothing says that there is a rotation: neither here nor on the hosts. */
const nothingLeft = async (project: RotatingProject): Promise<void> => {
  const { rotation = null, credentials = [] } = await seenJournal(project.ports, project.open())
  assert.deepEqual([rotation, credentials], [null, []])
  const other = await project.again('elsewhere')
  project.world.fleet.onCall = () => undefined
  await refusal('NOT_FOUND', other.rotate({ mode: 'abort', names: [] }))
  for (const { facts } of Object.values(project.world.fleet.hosts)) assert.equal(facts.lease?.run ?? null, null)
}

suite('a host that keeps the ledger and says that another run has it', () => {
  const start = async (t: TestContext): Promise<RotatingProject> => {
    const project = await rotatingProject(t, memoryFleet(four(enrolled)))
    await project.deploy()
    return project
  }

  test('counts as lost while most of the others are held', async (t) => {
    const project = await start(t)
    answering(project, { host3: 'CONFLICT' })
    await project.rotate({ isEmergency: true })
    assert.deepEqual([await project.value('DB_PASSWORD'), accepted(project)], ['value-2', ['value-2']])
  })

  test('is asked first: the run is refused with what to type, and goes on without that host', async (t) => {
    const project = await start(t)
    answering(project, { host1: 'CONFLICT' })
    const { hint = '' } = await refusal('CONFLICT', project.rotate({ isEmergency: true }))
    assert.match(hint, /lockstep rotate db --emergency --abandon-host host1$/)
    await project.rotate({ isEmergency: true, abandon: ['host1'] })
    assert.deepEqual([await project.value('DB_PASSWORD'), accepted(project)], ['value-2', ['value-2']])
  })

  for (const [mode, value] of [
    ['resume', 'value-2'],
    ['abort', 'value-1'],
  ] as const) {
    test(`--${mode} goes on without it`, async (t) => {
      const project = await start(t)
      await cutOff(
        project.world,
        (effect) => effect === 'before host4 stage',
        () => project.rotate(),
      )
      answering(project, { host1: 'CONFLICT' })
      const next = await project.again('here')
      const { hint = '' } = await refusal('CONFLICT', next.rotate({ mode, names: [] }))
      assert.match(hint, new RegExp(`lockstep rotate --${mode} --abandon-host host1$`))
      await next.rotate({ mode, names: [], abandon: ['host1'] })
      assert.deepEqual([await next.value('DB_PASSWORD'), accepted(next)], [value, [value]])
    })
  }

  test('shows the lease of a run that there is not: the same', async (t) => {
    const project = await start(t)
    const host = hostOf(project, 'host1')
    const lease = { run: 'ab'.repeat(16), holder: 'root@host1 (pid 1)', until: host.facts.now + 500, fence: 1 }
    host.facts = { ...host.facts, lease }
    await refusal('CONFLICT', project.rotate())
    await project.rotate({ abandon: ['host1'] })
    assert.deepEqual([await project.value('DB_PASSWORD'), accepted(project)], ['value-2', ['value-2']])
  })
})

suite('a run that is refused at its first record', () => {
  for (const [what, answers] of [
    ['by the first host', { host1: 'CONFLICT' }],
    ['by all but the first', { host2: 'CONFLICT', host3: 'CONFLICT' }],
  ] as const) {
    test(`${what}: leaves nothing half-done, there or here`, async (t) => {
      const project = await rotatingProject(t, memoryFleet(four(enrolled)))
      await project.deploy()
      answering(project, answers)
      await refusal('CONFLICT', project.rotate())
      await nothingLeft(project)
      assert.deepEqual(accepted(project), ['value-1'])
    })
  }
})

suite('two hosts keep the ledger', () => {
  const start = async (t: TestContext): Promise<RotatingProject> => {
    const hosts = { host1: enrolled('host1'), host2: enrolled('host2') }
    const project = await rotatingProject(t, memoryFleet(hosts), 'overlap: 1h')
    await project.deploy()
    return project
  }

  for (const down of ['host1', 'host2']) {
    test(`${down} is down: the run is refused before it begins, with what to type`, async (t) => {
      const project = await start(t)
      hostOf(project, down).isDown = true
      const { notes } = await project.rotate({ allowMissing: true, check: true })
      assert.match(notes.join('\n'), /^would be refused: the ledger could be written on 1 of 2 hosts; /m)
      const { message, hint = '' } = await refusal('UNAVAILABLE', project.rotate({ allowMissing: true }))
      assert.equal(message, 'the ledger could be written on 1 of 2 hosts')
      assert.match(hint, new RegExp(`lockstep rotate db --abandon-host ${down}$`))
      await nothingLeft(project)
      assert.deepEqual(accepted(project), ['value-1'])
    })
  }

  test('one is gone for good: --abandon-host rotates without it', async (t) => {
    const project = await start(t)
    hostOf(project, 'host2').isDown = true
    await project.rotate({ abandon: ['host2'] })
    assert.deepEqual(accepted(project), ['value-1', 'value-2'])
    await project.rotate({ mode: 'abort', names: ['db'], abandon: ['host2'] })
    assert.deepEqual([await project.value('DB_PASSWORD'), accepted(project)], ['value-1', ['value-1']])
  })
})

test('one host keeps the ledger: it is enough', async (t) => {
  const project = await rotatingProject(t, memoryFleet({ host1: enrolled('host1') }))
  await project.rotate()
  assert.deepEqual(accepted(project), ['value-2'])
  await refusal('UNAVAILABLE', project.rotate({ abandon: ['host1'] }))
})
