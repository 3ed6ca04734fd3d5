import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { fleetProject } from '../../../src/app/fleet/fleet-project.ts'
import { seenLedger } from '../../../src/app/fleet/ledger-store.ts'
import { fail } from '../../../src/core/errors.ts'
import { openCredentials, type OpenCredential } from '../../../src/core/rotate/journal.ts'
import { rotationExit, type RotationReport } from '../../../src/core/rotate/rotation-report.ts'
import type { Rotator } from '../../../src/core/rotate/rotator.ts'
import { enrolled, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { withGroups } from '../../support/rotation-groups.ts'
import { rotatingProject, setByHand, type RotatingProject } from '../../support/rotation-in-memory.ts'

const shop = (t: TestContext): Promise<RotatingProject> =>
  rotatingProject(t, memoryFleet({ host1: enrolled('host1'), host2: enrolled('host2') }))

const opened = async ({ ports, open }: RotatingProject): Promise<readonly OpenCredential[]> =>
  openCredentials((await seenLedger(ports, await fleetProject(open()))) ?? {})

const ends = ({ rows }: RotationReport): readonly string[] => rows.map(({ id, end }) => `${id} ${end ?? '-'}`)

const denied: Rotator['verify'] = async () => {
  throw fail('DENIED', 'refused from this address')
}

suite('what can neither be taken back nor gone on with', () => {
  const giveUp = (project: RotatingProject, names: readonly string[]): Promise<RotationReport> =>
    project.rotate({ mode: 'abort', names, isAbandoning: true })

  test('is given up by name: both values stay upstream, and that is said', async (t) => {
    const project = await shop(t)
    const { upstream } = project.world
    upstream.differs = {
      verify: denied,
      withdraw: async () => {
        throw fail('CONFLICT', 'what it held was never known here')
      },
    }
    const first = await project.rotate()
    assert.deepEqual([first.isOpen, ends(first)], [true, ['db withdrawing']])
    assert.match((await opened(project))[0]?.problem ?? '', /lockstep rotate --abort db --abandon/)
    const again = await project.rotate({ mode: 'abort', names: ['db'] })
    assert.match(again.rows[0]?.problem?.hint ?? '', /lockstep rotate --abort db --abandon/)
    assert.equal((await project.rotate({ mode: 'resume', names: [] })).isOpen, true)
    await refusal('CONFLICT', project.rotate())
    await refusal('CONFLICT', setByHand(project, 'value-9'))
    assert.equal((await giveUp(project, [])).isOpen, true)

    const done = await giveUp(project, ['db'])
    assert.deepEqual([done.isOpen, ends(done), rotationExit(done)], [false, ['db abandoned'], 'PARTIAL'])
    const { message = '', hint = '' } = done.rows[0]?.problem ?? {}
    assert.match(message, /never known here; the former value is in force here; the new one is kept nowhere/)
    assert.match(hint ?? '', /lockstep set DB_PASSWORD --group db/)
    assert.deepEqual([await opened(project), ...upstream.accepted], [[], 'value-1', 'value-2'])
    assert.equal(await project.value('DB_PASSWORD'), 'value-1')

    upstream.differs = {}
    await setByHand(project, 'value-9')
    assert.deepEqual(ends(await project.rotate()), ['db retired'])
  })

  test('a former value whose end is refused for good: the new one stays in force', async (t) => {
    const project = await shop(t)
    project.world.upstream.differs = { retire: denied }
    assert.deepEqual(ends(await project.rotate()), ['db promoted'])
    const error = await refusal('CONFLICT', project.rotate({ mode: 'abort', names: ['db'] }))
    assert.match(error.hint ?? '', /lockstep rotate --abort db --abandon/)
    const done = await giveUp(project, ['db'])
    assert.deepEqual([done.isOpen, ends(done), rotationExit(done)], [false, ['db promoted'], 'PARTIAL'])
    assert.match(done.rows[0]?.problem?.message ?? '', /the former one may still be good upstream/)
    assert.deepEqual([await opened(project), await project.value('DB_PASSWORD')], [[], 'value-2'])

    const exposed = await project.rotate({ names: [], exposedBy: 'host1', check: true })
    assert.ok(exposed.exposed?.secrets.every(({ state }) => state !== 'replaced'))
  })
})

test('where several are stuck the way out names them all', async (t) => {
  const project = await withGroups(
    await shop(t),
    'db: { keys: [DB_PASSWORD], rotate: { with: random } }, ops: { keys: [ADMIN], rotate: { with: random } }',
    { ops: { ADMIN: 'admin-1' } },
  )
  project.world.upstream.differs = { retire: denied }
  await project.rotate({ names: [] })
  const error = await refusal('CONFLICT', project.rotate({ mode: 'abort', names: ['db', 'ops'] }))
  assert.match(error.hint ?? '', /lockstep rotate --abort db ops --abandon leaves both/)
})

suite('an upstream whose install ends the old value, in an emergency', () => {
  const rolling = async (t: TestContext): Promise<RotatingProject> => {
    const project = await shop(t)
    const { upstream } = project.world
    upstream.differs = {
      installEnds: true,
      install: async ({ pending, marks }) => {
        assert.equal((await opened(project))[0]?.isOldEnded, true, 'the journal says so before')
        upstream.accepted.clear()
        upstream.accepted.add('value-2')
        return { values: pending, marks }
      },
      withdraw: async () => {
        if (!upstream.accepted.has('value-1')) throw fail('CONFLICT', 'the old one is void')
      },
    }
    return project
  }

  test('the new one is refused: it is gone on with, and not taken back', async (t) => {
    const project = await rolling(t)
    const { upstream } = project.world
    const { differs } = upstream
    upstream.differs = { ...differs, verify: denied }
    const first = await project.rotate({ isEmergency: true })
    assert.deepEqual([first.isOpen, ends(first)], [true, ['db installed']])
    await refusal('CONFLICT', project.rotate({ mode: 'abort', names: [] }))
    assert.deepEqual(ends(await project.rotate({ mode: 'resume', names: [] })), ['db installed'])

    upstream.differs = differs
    const done = await project.rotate({ mode: 'resume', names: [] })
    assert.deepEqual([done.isOpen, ends(done), await project.value('DB_PASSWORD')], [false, ['db retired'], 'value-2'])
  })

  test('and given up, where it is refused for good: nothing is ended that may be the last one', async (t) => {
    const project = await rolling(t)
    const { upstream } = project.world
    const withdraw: Rotator['withdraw'] = async () => assert.fail('withdrawn')
    upstream.differs = { ...upstream.differs, verify: denied, withdraw }
    await project.rotate({ isEmergency: true })
    const done = await project.rotate({ mode: 'abort', names: ['DB_PASSWORD'], isAbandoning: true })
    assert.deepEqual([done.isOpen, ends(done), ...upstream.accepted], [false, ['db abandoned'], 'value-2'])
    await setByHand(project, 'value-9')
  })

  for (const isVoid of [false, true]) {
    test(`install is refused, the old one is ${isVoid ? 'void: it stays where it is' : 'good: it is taken back'}`, async (t) => {
      const project = await rolling(t)
      const { upstream } = project.world
      const { differs } = upstream
      const install: Rotator['install'] = async () => {
        if (isVoid) upstream.accepted.clear()
        throw fail('DENIED', 'the administrator may not')
      }
      upstream.differs = { ...differs, install }
      const done = await project.rotate({ isEmergency: true })
      assert.deepEqual([done.isOpen, ends(done)], isVoid ? [true, ['db proposed']] : [false, ['db failed']])
      if (!isVoid) return
      upstream.differs = differs
      assert.deepEqual(ends(await project.rotate({ mode: 'resume', names: [] })), ['db retired'])
    })
  }

  test('without an emergency nothing is ended before', async (t) => {
    const project = await rolling(t)
    const { upstream } = project.world
    const install: Rotator['install'] = async ({ pending, marks }) => {
      assert.equal((await opened(project))[0]?.isOldEnded, false)
      upstream.accepted.add('value-2')
      return { values: pending, marks }
    }
    upstream.differs = { ...upstream.differs, install }
    assert.deepEqual(ends(await project.rotate()), ['db retired'])
  })
})
