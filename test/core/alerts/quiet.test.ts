import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isHeldBack, parseQuiet } from '../../../src/core/alerts/quiet.ts'
import { localTime } from '../../../src/core/local-time.ts'

const night = parseQuiet('22:00-07:00 Europe/Berlin')
const lunch = parseQuiet('12:00-13:30')

for (const [at, medium] of [
  ['2026-01-10T20:59:00Z', false],
  ['2026-01-10T21:00:00Z', true],
  ['2026-01-11T05:59:00Z', true],
  ['2026-01-11T06:00:00Z', false],
  // summer time: an hour earlier
  ['2026-07-10T20:00:00Z', true],
  ['2026-07-11T05:00:00Z', false],
] as const) {
  test(`from ten to seven in Berlin, ${at} ${medium ? 'waits' : 'goes out'}`, () => {
    const when = { now: Date.parse(at), local: 'UTC' }
    assert.equal(isHeldBack(night, 'medium', when), medium)
    assert.equal(isHeldBack(night, 'high', when), false)
    assert.equal(isHeldBack(parseQuiet('22:00-07:00 Europe/Berlin', true), 'high', when), medium)
  })
}

test('without a zone it is the time of the machine', () => {
  const now = Date.parse('2026-01-10T12:30:00Z')
  assert.equal(isHeldBack(lunch, 'low', { now, local: 'UTC' }), true)
  assert.equal(isHeldBack(lunch, 'low', { now, local: 'America/New_York' }), false)
})

test('what is no time is none', () => {
  for (const text of [
    '',
    '22-7',
    '22:00',
    '24:00-07:00',
    '07:00-07:00',
    '22:00-07:00 Nowhere/Land',
    '22:00-07:00  UTC',
  ]) {
    assert.equal(parseQuiet(text), null, text)
  }
})

test('the clock on the wall', () => {
  assert.deepEqual(localTime(Date.parse('2026-11-22T23:30:00Z'), 'Asia/Kolkata'), { minute: 300, weekday: 1 })
  assert.deepEqual(localTime(Date.parse('2026-11-22T00:00:00Z'), 'UTC'), { minute: 0, weekday: 0 })
})
