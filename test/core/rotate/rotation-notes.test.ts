import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotationNotes } from '../../../src/core/rotate/rotation-notes.ts'
import { openCredential, openRotation } from '../../support/rotation.ts'

test('what is not over is told with the command to type, and without values', () => {
  assert.deepEqual(rotationNotes({}), [])
  const [half = '', ...more] = rotationNotes({
    rotation: openRotation(),
    credentials: [openCredential({ state: 'verified' })],
  })
  assert.match(
    half,
    /^rotation 12345678 \(AWS_KEY\) is half-done: lockstep rotate --resume, or lockstep rotate --abort$/,
  )
  assert.deepEqual(more, [])
  const [waits = ''] = rotationNotes({
    credentials: [openCredential({ state: 'promoted', problem: 'upstream does not answer' })],
  })
  assert.match(
    waits,
    /^waiting AWS_KEY: the former value is still valid \(upstream does not answer\); lockstep rotate --resume/,
  )
  assert.doesNotMatch(`${half}${waits}`, /canary/)
  const [ends] = rotationNotes({
    credentials: [openCredential({ state: 'promoted', isOldEnded: true, problem: 'refused' })],
  })
  assert.equal(
    ends,
    'waiting AWS_KEY: the end of the former value has begun (refused); lockstep rotate --resume goes on with it',
  )
})
