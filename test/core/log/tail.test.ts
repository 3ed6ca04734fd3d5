import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noEntry, type SealedEntry } from '../../../src/core/log/entry.ts'
import { continuation, tailLines, type Found } from '../../../src/core/log/tail.ts'
import { anAccess } from '../../support/log.ts'
import { bytesOf } from '../../support/temporary.ts'

const tailOf = (text: string, size = text.length): NonNullable<Found['tail']> => ({ size, bytes: bytesOf(text) })

const sealed = (seq: number, run = 'a'): SealedEntry => ({
  entry: { ...anAccess({ run }), log: 'b', seq, prev: noEntry, key: 'c' },
  mac: 'd',
})

const found = (more: Partial<Found>): Found => ({
  tail: null,
  last: null,
  first: null,
  hash: null,
  head: null,
  hasHead: false,
  isRotated: false,
  pin: null,
  ...more,
})

const head = { id: 'b', seq: 2, hash: 'h2' }

test('lines of a tail: whole, torn, and too little to tell', () => {
  const table: readonly (readonly [string, number, ReturnType<typeof tailLines>])[] = [
    ['', 0, { last: null, first: null, torn: 0, isEnough: true }],
    ['x', 1, { last: null, first: null, torn: 1, isEnough: true }],
    ['x\n', 2, { last: 'x', first: 'x', torn: 0, isEnough: true }],
    ['\n', 1, { last: '', first: '', torn: 0, isEnough: true }],
    ['x\ny\nzz', 6, { last: 'y', first: 'x', torn: 2, isEnough: true }],
    ['x\ny\n', 90, { last: 'y', first: null, torn: 0, isEnough: true }],
    ['x\n', 90, { last: 'x', first: null, torn: 0, isEnough: false }],
    ['xxx', 90, { last: null, first: null, torn: 3, isEnough: false }],
  ]
  for (const [text, size, lines] of table) assert.deepEqual({ ...tailLines(tailOf(text, size)) }, lines, text)
})

test('cut at every byte, the log goes on behind the last whole line', () => {
  const text = 'line one\nline two\n'
  for (let length = 0; length <= text.length; length++) {
    const cut = text.slice(0, length)
    const whole = cut.lastIndexOf('\n') + 1
    const lines = whole === 0 ? 0 : cut.slice(0, whole).split('\n').length - 1
    const behind = lines === 0 ? null : { id: 'b', seq: lines, hash: `h${lines}` }
    const last = lines === 0 ? null : sealed(lines)
    const next = continuation(
      found({ tail: tailOf(cut), last, hash: behind?.hash ?? null, head: behind, hasHead: lines > 0 }),
    )
    const torn = length - whole
    assert.deepEqual(
      { at: next.at, seq: next.seq, prev: next.prev, scars: next.scars.map(({ kind, bytes }) => [kind, bytes]) },
      { at: whole, seq: lines + 1, prev: behind?.hash ?? noEntry, scars: torn === 0 ? [] : [['torn', torn]] },
      String(length),
    )
  }
})

const two = { tail: tailOf('one\ntwo\n'), last: sealed(2), hash: 'h2' }

const table: readonly (readonly [name: string, from: Partial<Found>, seq: number, scars: readonly string[]])[] = [
  ['nothing yet', {}, 1, []],
  ['as it was left', { ...two, head, hasHead: true }, 3, []],
  ['the head is behind', { ...two, head: { ...head, seq: 1, hash: 'h1' }, hasHead: true }, 3, []],
  ['the head is ahead', { ...two, head: { ...head, seq: 5, hash: 'h5' }, hasHead: true }, 6, ['cut']],
  ['another entry under the same number', { ...two, hash: 'x', head, hasHead: true }, 3, ['cut']],
  ['no head after one run', { ...two, first: sealed(1) }, 3, []],
  ['no head after two runs', { ...two, first: sealed(1, 'z') }, 3, ['head']],
  ['no head, and no beginning in sight', two, 3, ['head']],
  ['a head that is not ours', { ...two, first: sealed(1), hasHead: true }, 3, ['head']],
  ['no file', { head, hasHead: true }, 3, ['gone']],
  ['no file since it was full', { head, hasHead: true, isRotated: true }, 3, []],
  ['an empty file', { tail: tailOf(''), head, hasHead: true }, 3, ['gone']],
  ['a last line that is not ours', { ...two, last: null, head, hasHead: true }, 3, ['changed']],
  [
    'the same with a torn end',
    { ...two, tail: tailOf('one\ntwo\nx'), last: null, head, hasHead: true },
    3,
    ['changed', 'torn'],
  ],
  ['what was known of it', { ...two, head, hasHead: true, pin: { ...head, seq: 1, hash: 'h1' } }, 3, []],
  ['an older one in its place', { ...two, head, hasHead: true, pin: { ...head, seq: 9 } }, 10, ['cut']],
  ['another log in its place', { ...two, head, hasHead: true, pin: { id: 'z', seq: 9, hash: 'h9' } }, 3, ['gone']],
  ['a line without end', { tail: tailOf('xxx', 999), head, hasHead: true }, 3, ['changed']],
]

for (const [name, from, seq, scars] of table) {
  test(`going on: ${name}`, () => {
    const next = continuation(found(from))
    assert.equal(next.seq, seq)
    assert.deepEqual(
      next.scars.map(({ kind }) => kind),
      scars,
    )
    assert.equal(next.lead, name === 'a line without end' ? '\n' : '')
    if (name === 'a line without end') assert.equal(next.at, 999, 'nothing of others is overwritten')
  })
}
