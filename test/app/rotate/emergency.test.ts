import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import { rotationExit } from '../../../src/core/rotate/rotation-report.ts'
import { Secret } from '../../../src/core/secret.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { refusal } from '../../support/refusal.ts'
import { changeRotators, withGroups } from '../../support/rotation-groups.ts'
import { rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

/** With what each end of a former value was told: that it is an emergency, or not. */
const start = async (
  t: TestContext,
  settings = 'overlap: 1h',
): Promise<{ readonly project: RotatingProject; readonly ends: boolean[] }> => {
  const project = await rotatingProject(t, memoryFleet(four(enrolled)), settings)
  const ends: boolean[] = []
  changeRotators(project, ({ retire }) => ({
    retire: async (attempt) => {
      ends.push(attempt.isEmergency)
      await retire(attempt)
    },
  }))
  return { project, ends }
}

suite('a value leaks while its former one is still valid', () => {
  test('--resume --emergency ends that as in an emergency', async (t) => {
    const { project, ends } = await start(t)
    await project.rotate()
    const error = await refusal('CONFLICT', project.rotate({ isEmergency: true }))
    assert.match(error.hint ?? '', /^lockstep rotate --resume --emergency ends it/)
    const { waiting } = await project.rotate({ mode: 'resume', names: [], isEmergency: true })
    assert.deepEqual([ends, waiting, ...project.world.upstream.accepted], [[true], [], 'value-2'])
  })

  test('--exposed-by --emergency too', async (t) => {
    const { project, ends } = await start(t)
    await project.rotate()
    await project.rotate({ names: [], exposedBy: 'host1', isEmergency: true })
    assert.deepEqual([ends, ...project.world.upstream.accepted], [[true], 'value-2'])
  })

  test('another secret is named: this one is left alone', async (t) => {
    const { project } = await start(t)
    const two = await withGroups(
      project,
      'db: { keys: [DB_PASSWORD], rotate: { with: random, overlap: 1h } }, ops: { keys: [ADMIN], rotate: { with: random } }',
      { ops: { ADMIN: 'admin' } },
    )
    await two.rotate()
    await two.rotate({ names: ['ops'], isEmergency: true })
    const { waiting } = await two.rotate({ mode: 'resume', names: [] })
    assert.deepEqual(
      waiting.map(({ id, why }) => [id, why]),
      [['db', 'for 1h more']],
    )
  })

  test('where it is delivered as the previous value, that is said, and the run is no success', async (t) => {
    const { project } = await start(t, 'overlap: 1h, previous: DB_PREVIOUS')
    changeRotators(project, ({ propose }) => ({
      propose: async (held) => {
        const { values, marks } = await propose(held)
        const former = held.values.get('DB_PASSWORD') ?? new Secret('none')
        return { values: new Map([...values, ['DB_PREVIOUS', former]]), marks }
      },
    }))
    await project.rotate()
    const { leftOut } = await project.rotate({ mode: 'resume', names: [], isEmergency: true })
    assert.deepEqual(leftOut, [
      'DB_PREVIOUS holds the former value of DB_PASSWORD: lockstep rotate db --emergency takes it out',
    ])
  })
})

suite('an emergency goes on', () => {
  test('without a backup, and says so', async (t) => {
    const { project, ends } = await start(t, 'overlap: 0s')
    const { transact } = project.ports.files
    Object.assign(project.ports.files, {
      transact: (...[root, changes]: Parameters<typeof transact>) =>
        changes.some(({ path }) => path.includes('backups'))
          ? Promise.reject(fail('UNAVAILABLE', 'no space left on the disk'))
          : transact(root, changes),
    })
    await refusal('UNAVAILABLE', project.rotate())
    assert.deepEqual(ends, [])
    const done = await project.rotate({ isEmergency: true })
    assert.deepEqual([...new Set(ends), ...project.world.upstream.accepted], [true, 'value-2'])
    assert.deepEqual([done.leftOut, done.backup], [['no backup was made before: no space left on the disk'], null])
    assert.match(done.notes.join('\n'), /no backup holds the new values yet/)
    assert.equal(rotationExit(done), 'PARTIAL')
  })
})

suite('everything in an emergency', () => {
  const groups = `db: { keys: [DB_PASSWORD], rotate: { with: random } }, plain: { keys: [PLAIN] },
    pay: { keys: [PAY_TOKEN], rotate: { with: person } }`
  const values = { plain: { PLAIN: 'plain' }, pay: { PAY_TOKEN: 'pay' } }
  const plain = 'nothing says how to rotate PLAIN: lockstep set PLAIN --group plain, then lockstep deploy'

  const everything = async (t: TestContext, answer: string | null): Promise<RotatingProject> => {
    const { project } = await start(t)
    const many = await withGroups(project, groups, values)
    changeRotators(many, (_, { group }) => {
      if (group !== 'pay') return {}
      return {
        needsPerson: true,
        propose: async () => {
          if (answer === null) throw fail('USAGE', 'no new value of PAY_TOKEN was given')
          return { values: new Map([['PAY_TOKEN', new Secret(answer)]]), marks: {} }
        },
      }
    })
    return many
  }

  for (const [name, isAttended, answer, ends, left] of [
    ['at a terminal a person is asked', true, 'pay-2', ['retired', 'retired'], [plain]],
    ['a person who has no answer stops nothing else', true, null, ['retired', null], [plain]],
    [
      'where nobody is there, what needs a person is left out',
      false,
      'pay-2',
      ['retired', null],
      ['pay needs a person: at a terminal lockstep rotate pay --emergency', plain],
    ],
  ] as const) {
    test(name, async (t) => {
      const project = await everything(t, answer)
      const done = await project.rotate({ names: [], isEmergency: true, isAttended })
      assert.deepEqual(
        done.rows.map(({ end }) => end),
        ends,
      )
      assert.deepEqual([done.leftOut, rotationExit(done)], [left, 'PARTIAL'])
      const isGiven = isAttended && answer !== null
      assert.equal(await project.value('PAY_TOKEN'), isGiven ? 'pay-2' : 'pay')
    })
  }
})
