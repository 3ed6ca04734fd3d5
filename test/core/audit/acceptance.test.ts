import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Acceptance } from '../../../src/core/audit/acceptance.ts'
import {
  accept,
  parseAcceptances,
  printAcceptances,
  withAcceptances,
  withdraw,
} from '../../../src/core/audit/acceptance.ts'
import type { Finding, FindingId } from '../../../src/core/audit/findings.ts'
import { finding } from '../../../src/core/audit/findings.ts'
import { limited } from '../../../src/core/audit/limited.ts'
import type { Code } from '../../../src/core/errors.ts'
import { refusal } from '../../support/refusal.ts'

const now = Date.parse('2026-11-23T10:00:00Z')
const found = (id: FindingId, host: string | null, path: string | null): Finding =>
  finding(id, { host, path, message: 'm', fix: 'f' })
const here = found('CONTROL-HOST', null, '/opt/shop')
const a = found('UNKNOWN-FILE', 'a', '/opt/shop/x')
const b = found('UNKNOWN-FILE', 'b', '/opt/shop/x')
const loose = found('WORLD-READABLE', 'a', '/opt/shop/y')
const input = { ids: ['UNKNOWN-FILE'], path: null, until: '2027-01-31', reason: 'ours', by: 'anna', now } as const

const word = (one: Finding, until = '2027-01-31'): Acceptance => ({
  id: one.id,
  host: one.host,
  path: one.path,
  until,
  reason: 'ours',
  by: 'anna',
  at: '2026-11-23T10:00:00Z',
})

test('what is accepted is told apart until its day has passed, at its own place alone', () => {
  const judged = withAcceptances([here, a, b], [word(a)], now)
  assert.deepEqual(judged.findings, [here, b])
  assert.deepEqual(judged.accepted, [{ ...a, acceptance: word(a) }])
  assert.equal(withAcceptances([a], [word(a, '2026-11-23')], now).accepted.length, 1)
  const ended = withAcceptances([a], [word(a, '2026-11-22')], now)
  assert.deepEqual(ended.accepted, [])
  assert.equal(ended.findings[0]?.message, 'm (anna accepted it until 2026-11-22: ours)')
})

test('each place that is found now is accepted by itself; a second word replaces the first', () => {
  const accepted = accept([here, a, b, loose], [word(b, '2026-12-01'), word(here)], input)
  assert.deepEqual(accepted, [word(here), word(a), word(b)])
  assert.deepEqual(accept([a, b], [], { ...input, path: '/opt/shop/x' }), [word(a), word(b)])
  const many = Array.from({ length: 102 }, (_, index) => found('UNKNOWN-FILE', 'a', `/opt/shop/x${index}`))
  assert.equal(accept(limited(many), [], input).length, 100, 'but not what nobody was told')
})

test('what cannot be accepted says what can be typed', async () => {
  const rows: readonly (readonly [Partial<Parameters<typeof accept>[2]>, Code, RegExp])[] = [
    [{ ids: ['WORLD-READABLE', 'KEY-REMAINS'] }, 'NOT_FOUND', /no finding KEY-REMAINS to accept/],
    [{ path: '/elsewhere' }, 'NOT_FOUND', /no finding UNKNOWN-FILE for \/elsewhere/],
    [{ until: 'tomorrow' }, 'USAGE', /is a day/],
    [{ until: '2027-02-30' }, 'USAGE', /is a day/],
    [{ until: '2026-11-22' }, 'USAGE', /is past/],
    [{ until: '2028-01-01' }, 'USAGE', /366 days/],
    [{ ids: ['WORLD-READABLE'], until: '2027-03-01' }, 'USAGE', /90 days/],
  ]
  for (const [given, code, message] of rows) {
    const refused = await refusal(code, async () => accept([a, b, loose], [], { ...input, ...given }))
    assert.match(refused.message, message)
  }
})

test('a word can be taken back', async () => {
  assert.deepEqual(withdraw([word(a), word(b), word(here)], ['UNKNOWN-FILE'], null), [word(here)])
  assert.deepEqual(withdraw([word(a), word(here)], ['UNKNOWN-FILE'], '/opt/shop/x'), [word(here)])
  await refusal('NOT_FOUND', async () => withdraw([word(a)], ['UNKNOWN-FILE'], '/y'))
  assert.deepEqual(withdraw([word(a), word(here)], ['all'], null), [])
  assert.deepEqual(withdraw([], ['all'], null), [], 'also where nothing holds')
  await refusal('NOT_FOUND', async () => withdraw([word(a)], ['all'], '/y'))
})

test('the file is read back as it was written, a line for each', async () => {
  const text = printAcceptances({ number: 3, accepted: [word(a), word(here)] }, 'ab')
  assert.deepEqual(parseAcceptances(text, 'x'), { number: 3, accepted: [word(a), word(here)], mac: 'ab' })
  const older = parseAcceptances(text.replace(' "number": 3,\n', ''), 'x')
  assert.equal(older.number, 0)
  assert.equal(text.split('\n').filter((line) => line.startsWith('  {')).length, 2)
  for (const damaged of ['', '[]', text.replace('"until"', '"til"'), text.slice(0, -3)])
    await refusal('TAMPERED', async () => parseAcceptances(damaged, 'x'))
})
