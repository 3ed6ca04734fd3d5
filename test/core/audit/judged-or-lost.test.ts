import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finding } from '../../../src/core/audit/findings.ts'
import { judgedOrLost } from '../../../src/core/audit/judged-or-lost.ts'

test('a host whose answer breaks a rule is told as that, and only its kind of error', () => {
  const found = finding('BEHIND', { host: 'a', path: null, message: 'm', fix: 'f' })
  assert.deepEqual(
    judgedOrLost('a', () => [found]),
    { findings: [found], isLost: false },
  )
  const lost = judgedOrLost('a', () => {
    throw new RangeError('with what was worked on')
  })
  assert.deepEqual([lost.isLost, lost.findings.length], [true, 1])
  assert.deepEqual([lost.findings[0]?.id, lost.findings[0]?.host], ['UNREACHABLE', 'a'])
  assert.match(lost.findings[0]?.message ?? '', /\(RangeError\)/)
  assert.doesNotMatch(lost.findings[0]?.message ?? '', /worked on/)
})
