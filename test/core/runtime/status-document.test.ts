import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusDocument } from '../../../src/core/runtime/status-document.ts'
import type { LoadedFacts, RuntimeFacts } from '../../../src/core/runtime/status-document.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const loaded: LoadedFacts = {
  verified: true,
  project: 'shop',
  environment: 'production',
  host: 'onode1',
  scope: 'api',
  rung: 'host',
  generation: { number: 42, id: 'ab'.repeat(16) },
  revision: 7,
  digest: '0123456789ab',
  source: 'file',
  passedOver: 0,
  loadedAt: now - 5_400,
  secrets: new Map([
    ['B', { group: 'aws', version: 3, set: '2026-02-28T12:00:00Z', rotated: null, fingerprint: 'ffffffffffff' }],
    [
      'A',
      { group: 'aws', version: 1, set: '2026-02-01T00:00:00Z', rotated: '2026-03-01T11:59:00Z', fingerprint: null },
    ],
  ]),
}
const ready: RuntimeFacts = { loaded, required: ['A'], used: new Set(['A']), lastError: null, nextRetry: null }

test('a ready program', () => {
  const document = statusDocument(ready, now)
  assert.equal(document.state, 'ready')
  assert.equal(document.loaded, '2026-03-01T11:59:54Z')
  assert.deepEqual(Object.keys(document.secrets), ['A', 'B'])
  assert.deepEqual(document.secrets['B'], {
    present: true,
    group: 'aws',
    version: 3,
    set: '2026-02-28T12:00:00Z',
    rotated: null,
    age: 86_400,
    source: 'file',
    used: false,
  })
  assert.equal(document.secrets['A']?.used, true)
  assert.equal(document.secrets['A']?.age, 60)
})

test('fingerprints only when asked', () => {
  assert.equal(JSON.stringify(statusDocument(ready, now)).includes('ffffffffffff'), false)
  assert.equal(statusDocument(ready, now, { fingerprints: true }).secrets['B']?.fingerprint, 'ffffffffffff')
  assert.equal('fingerprint' in (statusDocument(ready, now, { fingerprints: true }).secrets['A'] ?? {}), false)
})

test('a required secret that is missing degrades', () => {
  const document = statusDocument({ ...ready, required: ['A', 'C'], nextRetry: now + 2000 }, now)
  assert.equal(document.state, 'degraded')
  assert.deepEqual(document.secrets['C']?.present, false)
  assert.equal(document.nextRetry, '2026-03-01T12:00:02Z')
})

test('nothing loaded', () => {
  const lastError = { code: 'NOT_FOUND', at: now } as const
  const document = statusDocument({ loaded: null, required: ['A'], used: new Set(), lastError, nextRetry: null }, now)
  assert.equal(document.state, 'degraded')
  assert.equal(document.generation, null)
  assert.equal(document.digest, null)
  assert.equal(document.verified, false)
  assert.deepEqual(document.lastError, { code: 'NOT_FOUND', at: '2026-03-01T12:00:00Z' })
  assert.deepEqual(Object.keys(document.secrets), ['A'])
})

test('a clock that jumped back gives age 0', () => {
  assert.equal(statusDocument(ready, 0).secrets['B']?.age, 0)
})
