import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSince, parseSinceEvent } from '../../src/core/since.ts'

const now = Date.parse('2026-01-02T00:00:00Z')
const hour = 3_600_000

const times: readonly (readonly [string, number])[] = [
  ['2h', now - 2 * hour],
  ['7d', now - 168 * hour],
  ['2026-01-01', now - 24 * hour],
  ['2026-01-01T23:00Z', now - hour],
  ['2026-01-01T23:00:00Z', now - hour],
  ['2026-01-01T23:00:00.500Z', now - hour + 500],
  ['2026-01-01T23:00+02:00', now - 3 * hour],
]

test('--since takes a length of time or a date, the same for every command', () => {
  for (const [text, at] of times) {
    assert.equal(parseSince(text, now), at, text)
    assert.deepEqual(parseSinceEvent(text, now), { seq: 0, at }, text)
  }
  assert.equal(parseSince(undefined, now), null)
  assert.deepEqual(parseSinceEvent(undefined, now), { seq: null, at: 0 })
})

test('events have numbers as well', () => {
  for (const seq of [0, 117]) assert.deepEqual(parseSinceEvent(String(seq), now), { seq, at: 0 })
  assert.throws(() => parseSince('117', now), { code: 'USAGE' })
})

test('what is no time is refused where it stands; a time of day without its zone too', () => {
  for (const text of [
    '',
    '-1',
    'yesterday',
    '2026-13-45',
    '2026-02-30',
    '2026-01-01T',
    '2026-01-01T15:00',
    '99999999999',
    '1e3',
  ]) {
    const refusal = { code: 'USAGE', at: '--since', hint: /2026-11-20T03:00Z$/ }
    assert.throws(() => parseSince(text, now), { ...refusal, message: 'not a length of time or a date' }, text)
    assert.throws(() => parseSinceEvent(text, now), refusal, text)
  }
})
