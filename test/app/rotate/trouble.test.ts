import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { fail } from '../../../src/core/errors.ts'
import { enrolled, memoryFleet } from '../../support/hosts-in-memory.ts'
import type { RotationReport } from '../../../src/core/rotate/rotation-report.ts'
import { testTime } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { changeRotators } from '../../support/rotation-groups.ts'
import {
  cutOff,
  hostOf,
  outlast,
  rotatingProject,
  setByHand,
  type RotatingProject,
} from '../../support/rotation-in-memory.ts'

const hosts = ['host1', 'host2', 'host3', 'host4']

const start = (t: TestContext, settings?: string): Promise<RotatingProject> =>
  rotatingProject(t, memoryFleet(Object.fromEntries(hosts.map((host) => [host, enrolled(host)]))), settings)

const accepted = ({ world }: RotatingProject): readonly string[] => [...world.upstream.accepted]

/** The host is gone from its `count`th of these calls on. Says whether it came to that. */
const losing = ({ world }: RotatingProject, call: string, count = 1): (() => boolean) => {
  let seen = 0
  world.fleet.onCall = (made) => {
    const [host, op] = call.split(' ')
    if (made === call) seen++
    if (made.startsWith(`${host} `) && seen >= count) throw fail('UNAVAILABLE', `${host} is lost at ${op}`)
  }
  return () => seen >= count
}

test('upstream refuses the new value: it is taken back, and nothing else was changed', async (t) => {
  const project = await start(t)
  project.world.upstream.onStep = (step) => {
    if (step === 'verify') throw fail('DENIED', 'the new value is refused')
  }
  const { rows, isOpen } = await project.rotate()
  assert.deepEqual(
    rows.map(({ end, problem }) => [end, problem?.message]),
    [['failed', 'the new value is refused']],
  )
  assert.equal(isOpen, false)
  assert.deepEqual([await project.value('DB_PASSWORD'), accepted(project)], ['value-1', ['value-1']])
  assert.deepEqual(
    project.world.fleet.calls.filter((call) => call.endsWith('stage')),
    [],
  )
})

test('upstream does not answer when it is to take the new value back: --abort does so later', async (t) => {
  const project = await start(t)
  project.world.upstream.onStep = (step) => {
    if (step === 'verify') throw fail('DENIED', 'the new value is refused')
    if (step === 'withdraw') throw fail('UNAVAILABLE', 'no answer in time')
  }
  assert.equal((await project.rotate()).isOpen, true)
  assert.deepEqual(accepted(project), ['value-1', 'value-2'])
  const error = await refusal('CONFLICT', project.rotate())
  assert.match(error.hint ?? '', /--resume .*--abort/)
  project.world.upstream.onStep = () => undefined
  assert.equal((await project.rotate({ mode: 'abort', names: [] })).isOpen, false)
  assert.deepEqual([await project.value('DB_PASSWORD'), accepted(project)], ['value-1', ['value-1']])
})

test('upstream does not end the old value: it stays in the journal, and --resume ends it', async (t) => {
  const project = await start(t)
  project.world.upstream.onStep = (step) => {
    if (step === 'retire') throw fail('UNAVAILABLE', 'no answer in time')
  }
  const done = await project.rotate()
  assert.deepEqual([done.isOpen, done.waiting.length], [false, 1])
  assert.deepEqual([await project.value('DB_PASSWORD'), accepted(project)], ['value-2', ['value-1', 'value-2']])
  project.world.upstream.onStep = () => undefined
  assert.deepEqual((await project.rotate({ mode: 'resume', names: [] })).waiting, [])
  assert.deepEqual(accepted(project), ['value-2'])
})

suite('a host that goes down in the middle', () => {
  // host1 to host3 keep the ledger
  for (const [when, call, count] of [
    ['before it is given anything', 'host4 stage', 1],
    ['of the ledger, at the first record', 'host2 record', 1],
    ['of the ledger, at a later record', 'host2 record', 2],
    ['of the ledger, when it is given the new value', 'host2 stage', 1],
    ['of the ledger, at the last records', 'host2 record', 6],
    ['when what holds the ended value is swept', 'host4 stage', 2],
  ] as const) {
    for (const mode of ['resume', 'abort'] as const) {
      test(`${when}; --${mode} when it is back`, async (t) => {
        const project = await start(t)
        await project.deploy()
        const isLost = losing(project, call, count)
        const { isOpen, waiting } = await project.rotate()
        assert.ok(isLost())
        const before = accepted(project)
        // as long as a host may need the former value it is accepted
        if (isOpen || waiting.length > 0) assert.ok(before.includes('value-1'), before.join())
        project.world.fleet.onCall = () => undefined
        const next = await project.again('here')
        await next.rotate({ mode: isOpen ? mode : 'resume', names: [] })
        const value = mode === 'abort' && isOpen ? 'value-1' : 'value-2'
        assert.deepEqual([await next.value('DB_PASSWORD'), accepted(next)], [value, [value]])
        const after = await next.rotate({ mode: 'resume', names: [] })
        assert.deepEqual([after.isOpen, after.waiting, after.rows, after.hosts], [false, [], [], []])
        assert.deepEqual((await next.rotate({ check: true })).missing, [])
      })
    }
  }

  test('most of those that keep the ledger: nothing more is done upstream', async (t) => {
    const project = await start(t)
    project.world.fleet.onCall = (call) => {
      if (/^host[23] record/.test(call)) throw fail('UNAVAILABLE', 'lost')
    }
    const error = await refusal('UNAVAILABLE', project.rotate())
    assert.match(error.message, /the ledger could be written on 1 of 3 hosts/)
    assert.deepEqual([await project.value('DB_PASSWORD'), accepted(project)], ['value-1', ['value-1']])
    project.world.fleet.onCall = () => undefined
    const next = await project.again('here')
    await next.rotate({ mode: 'abort', names: [] })
    assert.deepEqual(accepted(project), ['value-1'])
  })

  test('from the beginning: the run is refused; --abandon-host goes on without it for good', async (t) => {
    const project = await start(t)
    hostOf(project, 'host4').isDown = true
    await refusal('UNAVAILABLE', project.rotate())
    assert.deepEqual(accepted(project), ['value-1'])
    const done = await project.rotate({ abandon: ['host4'] })
    assert.deepEqual([done.waiting, accepted(project)], [[], ['value-2']])
  })
})

suite('a clock that jumps by years', () => {
  const withOverlap = 'overlap: 1d'
  const year = 365 * 86_400_000

  test('forward: the overlap is over, and the former value is ended where no host needs it', async (t) => {
    const project = await start(t, withOverlap)
    assert.equal((await project.rotate()).waiting.length, 1)
    assert.deepEqual(accepted(project), ['value-1', 'value-2'])
    const later = project.ahead(10 * year)
    assert.deepEqual((await later.rotate({ mode: 'resume', names: [] })).waiting, [])
    assert.deepEqual(accepted(project), ['value-2'])
  })

  test('back: the former value stays, and the next rotation is refused with what to type', async (t) => {
    const project = await start(t, withOverlap)
    await project.rotate()
    const earlier = project.ahead(-10 * year)
    const { waiting } = await earlier.rotate({ mode: 'resume', names: [] })
    assert.match(waiting[0]?.why ?? '', /^for \d+d more$/)
    assert.deepEqual(accepted(project), ['value-1', 'value-2'])
    await earlier.rotate({ mode: 'abort', names: ['db'] })
    assert.deepEqual([await project.value('DB_PASSWORD'), accepted(project)], ['value-1', ['value-1']])
  })

  test('a clock that was years ahead when the value was set: its age is nothing, and it can be rotated', async (t) => {
    const project = await start(t)
    const earlier = project.ahead(-10 * year)
    assert.equal((await earlier.rotate({ check: true })).rows[0]?.age, 0)
    await earlier.rotate()
    assert.deepEqual(accepted(project), ['value-2'])
  })
})

suite('a clock that was years ahead when a value was promoted, and is right again', () => {
  const day = 86_400_000
  const year = 365 * day
  const misdated = /^db: it was promoted on 2035-11-20T15:00:00Z, which is still to come: a clock was wrong/
  const unknownAge = /^db: its age is not known: it was set on 2035-11-20T15:00:00Z, which is still to come/

  const promotedAhead = async (t: TestContext): Promise<RotatingProject> => {
    const project = await start(t, 'overlap: 1h, every: 30d')
    await project.ahead(10 * year).rotate()
    return project
  }
  const said = ({ notes }: RotationReport, what: RegExp): number => notes.filter((note) => what.test(note)).length

  for (const options of [{ mode: 'resume' }, { due: true }] as const) {
    test(`its overlap counts from now on, and that is said: ${JSON.stringify(options)}`, async (t) => {
      const project = await promotedAhead(t)
      const looked = await project.ahead(day).rotate({ ...options, names: [], check: true })
      assert.deepEqual([said(looked, misdated), looked.waiting[0]?.why], [1, 'for 1h more'])
      const noted = await project.ahead(day).rotate({ ...options, names: [] })
      assert.deepEqual([said(noted, misdated), noted.waiting[0]?.why, noted.isOpen], [1, 'for 1h more', false])
      const again = await project.ahead(day + 1_800_000).rotate({ ...options, names: [] })
      assert.deepEqual([said(again, misdated), again.waiting[0]?.why], [0, 'for 30m more'])
      assert.deepEqual(accepted(project), ['value-1', 'value-2'])
      await project.ahead(day + 3_600_000).rotate({ ...options, names: [] })
      assert.deepEqual(accepted(project), ['value-2'])
    })
  }

  test('in an emergency it ends at once', async (t) => {
    const project = await promotedAhead(t)
    await project.rotate({ mode: 'resume', names: [], isEmergency: true })
    assert.deepEqual(accepted(project), ['value-2'])
  })

  test('its age is not known, so that it is due', async (t) => {
    const project = await promotedAhead(t)
    await project.rotate({ mode: 'resume', names: [], isEmergency: true })
    const { rows, notes } = await project.ahead(day).rotate({ names: [], due: true })
    assert.deepEqual(
      rows.map(({ age, state, end }) => [age, state, end]),
      [[0, 'due', 'promoted']],
    )
    assert.equal(notes.filter((note) => unknownAge.test(note)).length, 1)
    const after = await project.ahead(day + 3_600_000).rotate({ names: [], due: true })
    assert.deepEqual([after.rows[0]?.state, said(after, unknownAge)], ['fresh', 0])
    assert.deepEqual(accepted(project), ['value-3'])
  })

  for (const [whose, ahead, isBelieved] of [
    ['of most hosts', ['host1', 'host2', 'host3'], true],
    ['of no more than half of them', ['host1', 'host2'], false],
  ] as const) {
    test(`where it is the one here that is behind those ${whose}, dates are ${isBelieved ? 'right' : 'not believed'}`, async (t) => {
      const project = await promotedAhead(t)
      for (const [name, host] of Object.entries(project.world.fleet.hosts))
        host.facts = { ...host.facts, now: ahead.some((one) => one === name) ? testTime / 1000 + 10 * 365 * 86_400 : 0 }
      const run = await project.rotate({ names: [], due: true })
      const days = isBelieved ? 'for 3650d more' : 'for 1h more'
      assert.deepEqual([said(run, misdated), run.waiting[0]?.why], [isBelieved ? 0 : 1, days])
      assert.equal(run.rows[0]?.state, isBelieved ? 'fresh' : 'due')
    })
  }
})

test('two operators at once: the second is told who is at it, and nothing is changed by it', async (t) => {
  const project = await start(t)
  const other = await project.again('elsewhere')
  const middle = await project.again('here')
  await cutOff(project.world, 30, () => middle.rotate())
  const before = accepted(project)
  const error = await refusal('CONFLICT', other.rotate())
  assert.match(error.message, /^rotation \w{8} is being done by .* \(pid \d+\), begun 20/)
  const held = await refusal('CONFLICT', other.rotate({ mode: 'resume', names: [] }))
  assert.match(held.message, /^it is held by/)
  assert.match(
    held.hint ?? '',
    /lockstep rotate --resume --take-over \w{8}; if host\d is not to be believed: .* --abandon-host host\d$/,
  )
  assert.deepEqual(accepted(project), before)
})

suite('another clone delivers in the middle', () => {
  const isFirstStage = (effect: string): boolean => /^before host\d stage$/.test(effect)
  const isPromotion = (effect: string, before: readonly string[]): boolean =>
    effect === 'before change of the project' && before.includes('after host4 stage')
  const isEnd = (effect: string): boolean => effect === 'before upstream retire'

  test('before any host has the new value: the old one, which is in force', async (t) => {
    const project = await start(t)
    const other = await project.again('elsewhere')
    assert.ok((await cutOff(project.world, isFirstStage, () => project.rotate())).isCut)
    outlast(project.world)
    const { hosts: delivered, notes } = await other.deploy()
    assert.deepEqual(
      delivered.map(({ state }) => state),
      hosts.map(() => 'delivered'),
    )
    assert.match(notes.join('\n'), /^rotation \w{8} \(DB_PASSWORD\) is half-done: lockstep rotate --resume/m)
    await endsWith(project, 'value-2')
  })

  for (const [when, point, says] of [
    ['when hosts have it, and the project not yet', isPromotion, /^rotation \w{8} is half-done/],
    ['when the project has it', isEnd, /^this clone is behind the fleet: its value of DB_PASSWORD is ended/],
  ] as const) {
    test(`${when}: it is refused`, async (t) => {
      const project = await start(t)
      const other = await project.again('elsewhere')
      assert.ok((await cutOff(project.world, point, () => project.rotate())).isCut)
      outlast(project.world)
      assert.match((await refusal('CONFLICT', other.deploy())).message, says)
      await endsWith(project, 'value-2')
    })
  }

  const endsWith = async (project: RotatingProject, value: string): Promise<void> => {
    const next = await project.again('here')
    await next.rotate({ mode: 'resume', names: [] })
    assert.deepEqual([await next.value('DB_PASSWORD'), accepted(next)], [value, [value]])
  }
})

test('upstream answers with something else half-way: nothing is done a second time', async (t) => {
  const project = await start(t)
  const steps: string[] = []
  changeRotators(project, ({ look }) => ({
    look: async (held) => {
      steps.push('look')
      return look(held)
    },
    propose: async () => {
      steps.push('propose')
      throw fail('TAMPERED', 'answered with something else')
    },
  }))
  await refusal('TAMPERED', project.rotate())
  assert.deepEqual([steps, accepted(project)], [['look', 'propose'], ['value-1']])
})

test('a value whose only host is down is not promoted because others are', async (t) => {
  const project = await start(t)
  const { accepted: known } = project.world.upstream
  known.add('value-7')
  await setByHand(project, 'value-7', { group: 'db', host: 'host4', name: 'DB_PASSWORD' })
  hostOf(project, 'host4').isDown = true
  const { rows, isOpen } = await project.rotate({ allowMissing: true })
  assert.deepEqual(
    rows.map(({ id, end, problem }) => [id, end, problem?.message ?? null]),
    [
      ['db', 'retired', null],
      ['db@host4', 'verified', 'no host runs the new value: host4'],
    ],
  )
  assert.equal(isOpen, true)
  assert.deepEqual(accepted(project).toSorted(), ['value-2', 'value-7', 'value-8'])
  hostOf(project, 'host4').isDown = false
  const done = await project.rotate({ mode: 'resume', names: [] })
  assert.deepEqual(
    done.rows.map(({ id, end }) => [id, end]),
    [['db@host4', 'retired']],
  )
  assert.deepEqual(accepted(project).toSorted(), ['value-2', 'value-8'])
})
