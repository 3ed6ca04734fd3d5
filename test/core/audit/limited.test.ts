import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding, FindingId } from '../../../src/core/audit/findings.ts'
import { finding, limited } from '../../../src/core/audit/findings.ts'

const one = (id: FindingId, host: string | null, path: string): Finding =>
  finding(id, { host, path, message: '', fix: '' })

test('a host that answers with very much is told by its worst, and how much more there was', () => {
  const many = Array.from({ length: 1500 }, (_, index) => one('UNKNOWN-FILE', 'a', String(index)))
  const found = limited([
    ...many,
    one('WORLD-READABLE', 'a', 'x'),
    one('BEHIND', 'b', 'y'),
    one('PLAIN-COPY', null, 'z'),
  ])
  assert.equal(found.filter(({ host }) => host === 'a').length, 1001)
  assert.ok(found.some(({ id }) => id === 'WORLD-READABLE'))
  assert.ok(found.some(({ host }) => host === 'b') && found.some(({ host }) => host === null))
  assert.equal(found.find(({ id }) => id === 'NOT-LOOKED-AT')?.message, '501 findings more than are told')
  assert.deepEqual(limited(many.slice(0, 1000)).length, 1000)
})
