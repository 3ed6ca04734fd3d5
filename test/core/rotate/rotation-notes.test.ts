import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpenCredential, RotationState } from '../../../src/core/rotate/journal.ts'
import { rotationNotes } from '../../../src/core/rotate/rotation-notes.ts'

const credential = (state: RotationState, problem: string | null = null): OpenCredential => ({
  id: 'aws',
  with: 'aws-iam',
  group: 'aws',
  host: null,
  names: ['AWS_KEY'],
  rotation: '12345678',
  state,
  isEmergency: false,
  isOldEnded: false,
  marks: {},
  pending: { AWS_KEY: 'canary-new' },
  former: { AWS_KEY: 'canary-old' },
  versions: { AWS_KEY: 2 },
  from: { AWS_KEY: 1 },
  set: '2026-01-01T00:00:00Z',
  formerlyRotated: {},
  overlap: 0,
  promoted: null,
  abandoned: [],
  problem,
})

const rotation = {
  id: '12345678',
  run: 'a',
  revision: 3,
  at: '2026-01-01T00:00:00Z',
  by: 'me@here (pid 1)',
  reason: null,
  hosts: [],
  renews: false,
}

test('what is not over is told with the command to type, and without values', () => {
  assert.deepEqual(rotationNotes({}), [])
  const [half = '', ...more] = rotationNotes({ rotation, credentials: [credential('verified')] })
  assert.match(
    half,
    /^rotation 12345678 \(AWS_KEY\) is half-done: lockstep rotate --resume, or lockstep rotate --abort$/,
  )
  assert.deepEqual(more, [])
  const [waits = ''] = rotationNotes({ credentials: [credential('promoted', 'upstream does not answer')] })
  assert.match(
    waits,
    /^waiting AWS_KEY: the former value is still valid \(upstream does not answer\); lockstep rotate --resume/,
  )
  assert.doesNotMatch(`${half}${waits}`, /canary/)
})
