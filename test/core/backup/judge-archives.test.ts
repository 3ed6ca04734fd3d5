import assert from 'node:assert/strict'
import test from 'node:test'
import { emptyList, type ListedBackup } from '../../../src/core/backup/backup-list.ts'
import { judgeArchives, judgeChain, judgeList } from '../../../src/core/backup/judge-archives.ts'

const listed = (number: number): ListedBackup => ({
  name: `b${number}`,
  number,
  made: '2026-11-23T00:00:00Z',
  size: 1,
  digest: `d${number}`,
  verified: null,
  copies: [],
})
const [one, two, three] = [listed(1), listed(2), listed(3)]
const all = [one, two, three]

test('what is changed, missing, extra, renamed or swapped is told as that', () => {
  const table: readonly (readonly [found: Readonly<Record<string, string>>, problems: readonly string[]])[] = [
    [{ b1: 'd1', b2: 'd2', b3: 'd3' }, []],
    [{ b1: 'd1', b2: 'x', b3: 'd3' }, ['changed b2']],
    [{ b1: 'd1', b3: 'd3' }, ['missing b2']],
    [{ b1: 'd1', b2: 'd2', b3: 'd3', b9: 'x' }, ['extra b9']],
    [{ b1: 'd1', b2: 'd2', b3: 'd3', b9: 'd1' }, ['extra b9']],
    [{ b1: 'd1', b9: 'd2', b3: 'd3' }, ['renamed b2']],
    [{ b1: 'd2', b2: 'd1', b3: 'd3' }, ['swapped b1', 'swapped b2']],
    [{ b1: 'd1', b2: 'd1', b3: 'd3' }, ['swapped b2']],
    [{}, ['missing b1', 'missing b2', 'missing b3']],
  ]
  for (const [found, problems] of table) {
    const judged = judgeArchives(new Map(Object.entries(found)), all)
    assert.deepEqual(
      judged.map(({ kind, name }) => `${kind} ${name}`),
      problems,
      JSON.stringify(found),
    )
  }
})

test('a host is asked for its own copies only, and one of the list is nothing foreign there', () => {
  assert.deepEqual(
    judgeArchives(
      new Map([
        ['b2', 'd2'],
        ['b1', 'd1'],
      ]),
      [two],
      all,
    ),
    [],
  )
  assert.equal(judgeArchives(new Map(), [two], all)[0]?.kind, 'missing')
})

test('an older list than was seen is told', () => {
  const list = { ...emptyList('shop', 'production'), last: { number: 2, digest: 'd2' } }
  assert.deepEqual(judgeList(list, 2), [])
  assert.equal(judgeList(list, 3)[0]?.kind, 'rolled back')
  assert.equal(judgeList(emptyList('shop', 'production'), 1)[0]?.kind, 'rolled back')
})

test('a backup that does not follow the one before it is told, one with a gap is not', () => {
  const chained = (before: readonly [number, string] | null, { name, number, digest }: ListedBackup) => ({
    name,
    number,
    digest,
    before: before === null ? null : { number: before[0], digest: before[1] },
  })
  const good = [chained(null, one), chained([1, 'd1'], two), chained([2, 'd2'], three)]
  assert.deepEqual(judgeChain(good), [])
  assert.deepEqual(judgeChain([chained(null, one), chained([2, 'd2'], three)]), [])
  assert.deepEqual(
    judgeChain([chained(null, one), chained([1, 'x'], two)]).map(({ name }) => name),
    ['b2'],
  )
  assert.equal(judgeChain([chained(null, one), chained(null, two)]).length, 1)
})
