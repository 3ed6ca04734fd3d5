import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoff, chanceOf } from '../../../src/core/runtime/backoff.ts'

test('doubles up to its limit, half of it left to chance', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 100].map((attempt) => backoff(attempt, 0)),
    [500, 1000, 2000, 30_000, 30_000],
  )
  assert.deepEqual(
    [1, 2, 3, 7, 100].map((attempt) => backoff(attempt, 1)),
    [1000, 2000, 4000, 60_000, 60_000],
  )
  assert.equal(backoff(2, 0.5, { first: 10, most: 15 }), 11)
})

test('random bytes make a number from 0 up to 1', () => {
  assert.equal(chanceOf(Uint8Array.of(0, 0, 0, 0)), 0)
  assert.equal(chanceOf(Uint8Array.of(128, 0)), 0.5)
  assert.ok(chanceOf(Uint8Array.of(255, 255, 255, 255)) < 1)
})
