import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainStep, exhausted, isStale, stopped } from '../../../src/core/runtime/chain.ts'
import type { LinkRule, Outcome, Step } from '../../../src/core/runtime/chain.ts'
import { codes } from '../../../src/core/errors.ts'

const strict: LinkRule = {}
const lenient: LinkRule = { passOutage: true }
const holder: LinkRule = { mustHold: true }
const lenientHolder: LinkRule = { passOutage: true, mustHold: true }

/** outcome, then under: strict, lenient, holder, lenient holder */
const rows: readonly (readonly [Outcome, Step, Step, Step, Step])[] = [
  ['found', 'use', 'use', 'use', 'use'],
  ['absent', 'next', 'next', 'stop', 'stop'],
  ['stale', 'stop', 'next', 'stop', 'next'],
  ['UNAVAILABLE', 'stop', 'next', 'stop', 'next'],
  ['DENIED', 'stop', 'stop', 'stop', 'stop'],
  ['TAMPERED', 'stop', 'stop', 'stop', 'stop'],
  ['NOT_FOUND', 'stop', 'stop', 'stop', 'stop'],
  ['USAGE', 'stop', 'stop', 'stop', 'stop'],
  ['CONFIG', 'stop', 'stop', 'stop', 'stop'],
  ['CONFLICT', 'stop', 'stop', 'stop', 'stop'],
  ['UNSAFE', 'stop', 'stop', 'stop', 'stop'],
  ['PARTIAL', 'stop', 'stop', 'stop', 'stop'],
  ['INTERNAL', 'stop', 'stop', 'stop', 'stop'],
]

test('what each answer of a link means', () => {
  for (const [outcome, ...steps] of rows) {
    for (const [index, rule] of [strict, lenient, holder, lenientHolder].entries()) {
      assert.equal(chainStep(outcome, rule), steps[index], `${outcome} under ${JSON.stringify(rule)}`)
    }
  }
})

test('every code has a row', () => {
  for (const code of Object.keys(codes))
    assert.ok(
      rows.some(([outcome]) => outcome === code),
      code,
    )
})

test('a copy is stale only beyond its limit, and only where there is one', () => {
  assert.equal(isStale(0, {}, 1e15), false)
  assert.equal(isStale(1000, { maxStale: 500 }, 1500), false)
  assert.equal(isStale(1000, { maxStale: 500 }, 1501), true)
})

test('a link that must hold the value and denies it is tampered with; a stale copy is an outage', () => {
  assert.equal(stopped('aws', 'absent').code, 'TAMPERED')
  assert.equal(stopped('aws', 'stale').code, 'UNAVAILABLE')
})

test('the end of a chain says NOT_FOUND only when everybody said so', () => {
  const absent = { provider: 'vault', outcome: 'absent' } as const
  assert.equal(exhausted([absent, { provider: 'file', outcome: 'absent' }]).code, 'NOT_FOUND')
  assert.equal(exhausted([{ provider: 'aws', outcome: 'UNAVAILABLE' }, absent]).code, 'UNAVAILABLE')
  assert.equal(exhausted([]).code, 'NOT_FOUND')
})
