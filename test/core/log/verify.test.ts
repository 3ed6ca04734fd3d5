import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Access } from '../../../src/core/log/entry.ts'
import { noEntry } from '../../../src/core/log/entry.ts'
import type { LogHead } from '../../../src/core/log/head.ts'
import type { LogProblem, LogVerdict } from '../../../src/core/log/verify.ts'
import { anchorProblem, verifyLog } from '../../../src/core/log/verify.ts'
import { sha256 } from '../../../src/crypto/derive.ts'
import { projectKeys, type ProjectKeys } from '../../../src/crypto/fingerprint.ts'
import { logSeal } from '../../../src/crypto/log-seal.ts'
import { anAccess, logKeys } from '../../support/log.ts'

interface Made {
  readonly lines: readonly string[]
  readonly head: LogHead
}

const make = (
  accesses: readonly Access[],
  { id = 'a'.repeat(32), keys = logKeys, from = 1, prev = noEntry } = {},
): Made => {
  const seal = logSeal(keys)
  let hash = prev
  const lines = accesses.map((access, index) => {
    const sealed = seal.seal({ ...access, log: id, seq: from + index, prev: hash })
    hash = sealed.hash
    return sealed.line
  })
  return { lines, head: { id, seq: from + accesses.length - 1, hash } }
}

const six = make(Array.from({ length: 6 }, (_, i) => anAccess({ run: `0${i}`, why: `reason ${i + 1}` })))
const foreign = make(
  Array.from({ length: 6 }, () => anAccess({ run: 'ff' })),
  { id: 'b'.repeat(32) },
)
const stranger = make([anAccess()], { keys: projectKeys(new Uint8Array(32).fill(9)), from: 7, prev: six.head.hash })

const verify = (
  lines: readonly string[],
  head: LogHead | 'bad' | null = six.head,
  keys: ProjectKeys = logKeys,
  torn = 0,
): LogVerdict => verifyLog([{ name: 'access.jsonl', lines, torn }], head, { hash: sha256, check: logSeal(keys).check })

const first = ({ problems }: LogVerdict): string => {
  const [one] = problems
  return one === undefined ? 'whole' : `${one.line} ${one.kind}`
}

const edited = (line: string): string => line.replace('reason', 'Reason')

test('a log as it was written is whole', () => {
  const verdict = verify(six.lines)
  assert.deepEqual(verdict.problems, [])
  assert.deepEqual(verdict.last, six.head)
  assert.equal(verdict.entries.length, 6)
  assert.equal(first(verify([], null)), 'whole')
})

const at = six.lines
const tampering: readonly (readonly [name: string, lines: readonly string[], found: string])[] = [
  ...at.flatMap((line, i): (readonly [string, readonly string[], string])[] => [
    [`line ${i + 1} edited`, at.with(i, edited(line)), `${i + 1} changed`],
    [`line ${i + 1} made no JSON`, at.with(i, line.slice(1)), `${i + 1} changed`],
    [`line ${i + 1} emptied`, at.with(i, ''), `${i + 1} changed`],
    [`line ${i + 1} deleted`, at.toSpliced(i, 1), i === 5 ? '0 cut' : `${i + 1} missing`],
    [`line ${i + 1} doubled`, at.toSpliced(i, 0, line), `${i + 2} order`],
    [
      `a foreign line before ${i + 1}`,
      at.toSpliced(i, 0, foreign.lines[i] ?? ''),
      i === 0 ? '2 foreign' : `${i + 1} foreign`,
    ],
    [`cut off after ${i}`, at.slice(0, i), '0 cut'],
  ]),
  ...at
    .slice(1)
    .map((line, i): readonly [string, readonly string[], string] => [
      `lines ${i + 1} and ${i + 2} swapped`,
      at.with(i, line).with(i + 1, at[i] ?? ''),
      `${i + 1} order`,
    ]),
  ['two deleted', at.toSpliced(2, 2), '3 missing'],
  ['all of another log', foreign.lines, '0 head'],
  ['a line of somebody without the key behind', [...at, ...stranger.lines], '7 changed'],
]

for (const [name, lines, found] of tampering) test(`tampered: ${name}`, () => assert.equal(first(verify(lines)), found))

test('the head: gone, not ours, behind, of another entry', () => {
  assert.equal(first(verify(at, null)), '0 head')
  assert.equal(first(verify(at, 'bad')), '0 head')
  assert.equal(first(verify(at, { ...six.head, hash: 'c'.repeat(64) })), '0 head')
  const behind = make(Array.from({ length: 5 }, (_, i) => anAccess({ run: `0${i}`, why: `reason ${i + 1}` })))
  assert.equal(first(verify(at, behind.head)), 'whole', 'a crash between an entry and its head')
  const oneRun = make([anAccess(), anAccess()])
  assert.equal(first(verify(oneRun.lines, null)), 'whole', 'a crash before the first head')
})

test('an end that was cut off is found by a witness even when the head was put back too', () => {
  const shorter = verify(at.slice(0, 4), { id: six.head.id, seq: 4, hash: sha256(at[3] ?? '') })
  assert.equal(first(shorter), 'whole')
  const seen = (head: LogHead): readonly LogProblem[] =>
    anchorProblem(shorter, head, 'access.jsonl', 'anchor', 'onode1')
  assert.match(seen(six.head)[0]?.message ?? '', /has seen entry 6; the log ends with entry 4/)
  assert.match(seen({ ...six.head, seq: 3 })[0]?.message ?? '', /another entry 3/)
  assert.match(seen(foreign.head)[0]?.message ?? '', /another log/)
  assert.deepEqual(seen({ id: six.head.id, seq: 2, hash: sha256(at[1] ?? '') }), [])
})

test('entries under a project key that went out of use are held by what follows them', () => {
  const fresh = { ...projectKeys(new Uint8Array(32).fill(8)) }
  const next = make([anAccess({ run: 'later' })], { keys: fresh, from: 7, prev: six.head.hash })
  assert.equal(first(verify([...at, ...next.lines], next.head, fresh)), 'whole')
  assert.equal(first(verify([...at.with(2, edited(at[2] ?? '')), ...next.lines], next.head, fresh)), '3 changed')
  assert.equal(first(verify([...at, ...stranger.lines], null, logKeys)), '7 changed')
})

test('what an earlier run found stays found, and a torn end is told', () => {
  const scar = { kind: 'cut', bytes: null, seq: 9, hash: 'd'.repeat(64) } as const
  const healed = make([...Array.from({ length: 2 }, () => anAccess()), anAccess({ action: 'log', scar })])
  const verdict = verify(healed.lines, healed.head)
  assert.equal(first(verdict), '3 scar')
  assert.match(verdict.problems[0]?.message ?? '', /entry 9 was there/)
  assert.match(verify(at, six.head, logKeys, 17).notes[0] ?? '', /17 bytes/)
})
