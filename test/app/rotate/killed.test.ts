import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../../src/core/errors.ts'
import { enrolled, memoryFleet, type MemoryFleet } from '../../support/hosts-in-memory.ts'
import { cutOff, rotatingProject, worldOf, type RotatingProject, outlast } from '../../support/rotation-in-memory.ts'

const hosts = ['host1', 'host2']
const newFleet = (): MemoryFleet => memoryFleet(Object.fromEntries(hosts.map((host) => [host, enrolled(host)])))

/** Each point is gone on from and taken back, once here and once elsewhere; which of both where, changes from one to the
 *  next. */
const ways = [
  { mode: 'resume', where: 'here', isOdd: false },
  { mode: 'resume', where: 'elsewhere', isOdd: true },
  { mode: 'abort', where: 'elsewhere', isOdd: false },
  { mode: 'abort', where: 'here', isOdd: true },
] as const

/** Two at a time: much of each is waiting. */
const inPairs = async <T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> => {
  const half = async (isOdd: boolean): Promise<void> => {
    for (const one of all.filter((_, index) => (index % 2 === 1) === isOdd)) await work(one)
  }
  await Promise.all([half(false), half(true)])
}

/** What is in force where all is over: in the project, upstream, on the hosts. */
const settled = async (project: RotatingProject, said: string): Promise<string> => {
  const value = await project.value('DB_PASSWORD')
  assert.deepEqual([...project.world.upstream.accepted], [value], said)
  const nothing = await project.rotate({ mode: 'resume', names: [] })
  assert.deepEqual([nothing.isOpen, nothing.rows, nothing.hosts, nothing.waiting], [false, [], [], []], said)
  const other = await project.again('elsewhere')
  const plan = await other.rotate({ check: true })
  assert.deepEqual(plan.missing, [], said)
  return value
}

/** Effects of a whole rotation at which one is cut off. Nothing happens between the end of one and the beginning of the next;
 *  a record is here, then on one host, then on both. */
const pointsOf = async (base: RotatingProject): Promise<readonly (readonly [number, string])[]> => {
  const whole = await base.from(worldOf(newFleet(), ['value-1']))
  const { effects } = await cutOff(whole.world, Infinity, () => whole.rotate())
  assert.equal(await settled(whole, 'not cut off'), 'value-2')
  const isPoint = (effect: string): boolean => effect.startsWith('before ') && effect !== 'before host1 record'
  return effects.flatMap((effect, at) => (isPoint(effect) ? [[at, effect] as const] : []))
}

for (const { mode, where, isOdd } of ways) {
  test(`cut off at any of its effects a rotation ends as if it never had been: --${mode}, ${where}`, async (t) => {
    const base = await rotatingProject(t, newFleet())
    const points = await pointsOf(base)
    const own = points.filter((_, number) => (number % 2 === 1) === isOdd)
    await inPairs(own, async ([at, effect]) => {
      const first = await base.from(worldOf(newFleet(), ['value-1']))
      const { isCut } = await cutOff(first.world, at, () => first.rotate())
      const said = `cut off ${effect} (${at})`
      assert.ok(isCut, said)
      if (where === 'elsewhere') outlast(first.world)
      const second = await first.again(where)
      const end = await second.rotate({ mode, names: mode === 'abort' ? ['db'] : [] }).then(
        () => 'done' as const,
        (error: unknown) => {
          if (hasCode(error, 'NOT_FOUND')) return 'nothing'
          if (mode === 'abort' && hasCode(error, 'CONFLICT')) return 'no way back'
          throw error
        },
      )
      if (end === 'no way back') await second.rotate({ mode: 'resume', names: [] })
      const value = await settled(second, `${said}: ${end}`)
      if (mode === 'abort' && end === 'done') assert.equal(value, 'value-1', said)
      if (end === 'no way back') assert.equal(value, 'value-2', said)
    })
  })
}
