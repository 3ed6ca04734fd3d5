import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as check, constantFrom, property, string, uniqueArray } from 'fast-check'
import { finderOf, needlesOf } from '../../../src/core/audit/needles.ts'
import { shortestTelling } from '../../../src/core/audit/telling.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('a value is found as it is, in JSON, in a URL, and in base64 wherever it begins', () => {
  const value = 'pä"ss/w+rd\n2'
  const finder = finderOf(needlesOf('KEY', bytes(value)))
  const shown = [value, JSON.stringify({ a: value }), `https://u:${encodeURIComponent(value)}@host/`]
  const encoded = ['', 'x', 'xy', 'xyz'].map((before) => Buffer.from(`${before}${value} and more`).toString('base64'))
  for (const text of [...shown, ...encoded]) assert.deepEqual(finder.find(bytes(`… ${text} …`)), ['KEY'], text)
  for (const text of ['', 'p', value.slice(0, -1), Buffer.from('another value').toString('base64')])
    assert.deepEqual(finder.find(bytes(text)), [], text)
})

test('what is too short is not looked for', () => {
  assert.deepEqual(needlesOf('KEY', bytes('x'.repeat(shortestTelling - 1))), [])
  assert.notDeepEqual(needlesOf('KEY', bytes('x'.repeat(shortestTelling))), [])
})

test('many at once are found as each alone would be, in the order given', () => {
  const letters = string({ unit: constantFrom('a', 'b'), minLength: 2, maxLength: 5 })
  const checked = property(
    uniqueArray(letters, { maxLength: 6 }),
    string({ unit: constantFrom('a', 'b') }),
    (names, text) => {
      const finder = finderOf(names.map((name) => ({ name, bytes: bytes(name) })))
      assert.deepEqual(
        finder.find(bytes(text)),
        names.filter((name) => text.includes(name)),
      )
    },
  )
  check(checked, { numRuns: 500 })
})
