import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import type { Step } from '../../../src/core/rotate/rotator.ts'
import { Secret } from '../../../src/core/secret.ts'
import { enrolled, four, memoryFleet } from '../../support/hosts-in-memory.ts'
import { changeRotators, withGroups } from '../../support/rotation-groups.ts'
import { rotatingProject, type RotatingProject } from '../../support/rotation-in-memory.ts'

const groups = `db: { keys: [DB_PASSWORD], rotate: { with: random, admin: ADMIN } },
  ops: { keys: [ADMIN], rotate: { with: random } }`

/** `db` is changed with the password of an administrator, of whom upstream knows one alone. */
const start = async (t: TestContext, isRefused = false): Promise<RotatingProject> => {
  const base = await rotatingProject(t, memoryFleet(four(enrolled)))
  const project = await withGroups(base, groups, { ops: { ADMIN: 'admin-1' } })
  let admin = 'admin-1'
  const asAdmin = ({ secret }: Step): void => {
    if (secret('ADMIN')?.reveal() !== admin) throw fail('DENIED', 'the administrator is refused')
  }
  changeRotators(project, ({ install, retire, withdraw }, { group }) => {
    if (group === 'db') {
      return {
        install: async (attempt) => {
          // whatever comes at the same time is through by then
          await new Promise((done) => setTimeout(done, 100))
          asAdmin(attempt)
          return install(attempt)
        },
        retire: async (attempt) => {
          asAdmin(attempt)
          await retire(attempt)
        },
        withdraw: async (attempt) => {
          asAdmin(attempt)
          await withdraw(attempt)
        },
      }
    }
    return {
      oldStays: 'gap',
      propose: async () => ({ values: new Map([['ADMIN', new Secret('admin-2')]]), marks: {} }),
      install: async ({ pending, marks }) => {
        admin = 'admin-2'
        return { values: pending, marks }
      },
      verify: async () => {
        if (isRefused) throw fail('UNAVAILABLE', 'no answer in time')
      },
      retire: async () => undefined,
      withdraw: async () => void (admin = 'admin-1'),
    }
  })
  return project
}

for (const isEmergency of [false, true]) {
  test(`an administrator is changed after what is changed with it${isEmergency ? ', in an emergency' : ''}`, async (t) => {
    const project = await start(t)
    const { rows } = await project.rotate({ names: [], isEmergency })
    assert.deepEqual(
      rows.map(({ id, end, problem }) => [id, end, problem]),
      [
        ['db', 'retired', null],
        ['ops', 'retired', null],
      ],
    )
    assert.deepEqual([await project.value('ADMIN'), ...project.world.upstream.accepted], ['admin-2', 'value-2'])
  })
}

test('and comes back before it', async (t) => {
  const project = await start(t, true)
  const isStaged = (call: string): boolean => call.endsWith(' stage')
  project.world.fleet.onCall = (call) => {
    if (isStaged(call)) throw fail('UNAVAILABLE', 'lost')
  }
  assert.equal((await project.rotate({ names: [] })).isOpen, true)
  project.world.fleet.onCall = () => undefined
  const { isOpen } = await project.rotate({ mode: 'abort', names: [] })
  assert.deepEqual(
    [isOpen, await project.value('ADMIN'), ...project.world.upstream.accepted],
    [false, 'admin-1', 'value-1'],
  )
})

test('a value that upstream does not let in yet reaches no host with another that it does', async (t) => {
  const project = await start(t, true)
  let isSlow = true
  changeRotators(project, (_, { group }) => {
    const late = async (): Promise<void> => {
      if (isSlow) throw fail('UNAVAILABLE', 'no answer in time')
    }
    return group === 'db' ? { verify: late } : {}
  })
  await project.rotate({ names: [] })
  isSlow = false
  // the administrator is not verified yet
  await project.rotate({ mode: 'resume', names: [] })
  const [delivered] = Object.values(project.world.fleet.hosts).map(
    ({ facts }) => facts.scopes['host']?.manifest?.secrets,
  )
  assert.deepEqual([delivered?.['DB_PASSWORD']?.version, delivered?.['ADMIN']?.version], [2, 1])
})
