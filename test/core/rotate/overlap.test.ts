import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMisdated, overlapBegan, redated } from '../../../src/core/rotate/overlap.ts'
import type { OpenCredential } from '../../../src/core/rotate/journal.ts'
import { openCredential } from '../../support/rotation.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const after = (seconds: number): string => `${new Date(now + seconds * 1000).toISOString().slice(0, 19)}Z`
const promoted = (seconds: number, over: Partial<OpenCredential> = {}): OpenCredential =>
  openCredential({ state: 'promoted', promoted: after(seconds), ...over })

for (const [title, seconds, expected] of [
  ['long ago', -99_999, -99_999],
  ['now', 0, 0],
  ['by a clock that was a little ahead', 300, 300],
  ['by one that was wrong', 301, 0],
] as const) {
  test(`when an overlap began: ${title}`, () => {
    const one = promoted(seconds)
    assert.equal((overlapBegan(one, now) - now) / 1000, expected)
    assert.equal(isMisdated(one, now), expected !== seconds)
    assert.equal(redated({ credentials: [one] }, now).credentials?.[0]?.promoted, after(expected))
  })
}

test('what is not promoted, or dated as it can be, stays as it is', () => {
  const journal = { credentials: [promoted(-1), openCredential({ id: 'b', state: 'verified', set: after(999) })] }
  assert.equal(redated(journal, now), journal)
  const wrong = promoted(999, { id: 'c' })
  assert.deepEqual(redated({ credentials: [...journal.credentials, wrong] }, now).credentials, [
    ...journal.credentials,
    { ...wrong, promoted: after(0) },
  ])
  assert.deepEqual(redated({}, now), {})
})
