import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { takeTurns } from '../../../src/app/fleet/turns.ts'

const hosts = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** Takes every host through; who is at it at the same time, step by step. */
const taken = async (
  atOnce: number,
  failing: readonly string[] = [],
): Promise<{ readonly together: readonly string[]; readonly left: readonly string[]; readonly by: string | null }> => {
  const rollout = takeTurns(
    atOnce,
    () => hosts,
    () => soon(),
  )
  const [running, together, left] = [new Set<string>(), new Array<string>(), new Array<string>()]
  await Promise.all(
    hosts.toReversed().map(async (host) => {
      const done = await rollout.turn(host, async () => {
        running.add(host)
        await soon()
        together.push([...running].toSorted().join(''))
        await soon()
        running.delete(host)
        return { ok: !failing.includes(host) }
      })
      if (done === null) left.push(host)
    }),
  )
  return { together, left: left.toSorted(), by: rollout.stoppedBy() }
}

test('the first of the order goes alone, then as many at once as said, in order', async () => {
  assert.deepEqual((await taken(1)).together, hosts)
  const { together, left, by } = await taken(3)
  assert.equal(together[0], 'a')
  assert.deepEqual([...new Set(together)], ['a', 'bcd', 'efg'])
  assert.deepEqual([left, by], [[], null])
})

test('the first that fails stops those that have not begun, and no others', async () => {
  assert.deepEqual(await taken(1, ['a']), { together: ['a'], left: hosts.slice(1), by: 'a' })
  const { left, by } = await taken(3, ['b'])
  assert.deepEqual([left, by], [['e', 'f', 'g'], 'b'])
})

test('work that throws counts as failed', async () => {
  const rollout = takeTurns(
    1,
    () => ['a', 'b'],
    () => soon(),
  )
  const broken = rollout.turn('a', () => Promise.reject(new Error('broken')))
  const other = rollout.turn('b', async () => ({ ok: true }))
  await assert.rejects(broken, /broken/)
  assert.equal(await other, null)
})
