import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endedIn } from '../../../src/core/rotate/ended.ts'
import { heldError, type Changing } from '../../../src/core/rotate/held.ts'
import { rotationStates, type OpenCredential } from '../../../src/core/rotate/journal.ts'
import type { SecretRecord } from '../../../src/core/secrets/metadata.ts'
import { openCredential } from '../../support/rotation.ts'

const key: Changing = { group: 'aws', host: null, name: 'AWS_KEY', isRemoved: false }

const hintOf = (one: Partial<OpenCredential>, changing: Changing): string | null =>
  heldError({ credentials: [openCredential(one)] }, [changing])?.hint ?? null

for (const state of rotationStates) {
  const isMoving = state !== 'promoted'
  test(`${state}: a new value is ${isMoving ? 'refused' : 'one more version'}, and a removal is refused`, () => {
    assert.equal(hintOf({ state }, key) !== null, isMoving)
    const removal = hintOf({ state }, { ...key, isRemoved: true }) ?? ''
    assert.match(removal, isMoving ? /--resume goes on with it, .*--abort takes it back/ : /--resume ends it/)
    assert.match(removal, /lockstep status looks whether/)
  })
}

test('what the rotation does not have is nobody’s business', () => {
  for (const other of [
    { ...key, name: 'OTHER' },
    { ...key, group: 'gcp' },
    { ...key, host: 'host1' },
  ])
    assert.equal(hintOf({}, { ...other, isRemoved: true }), null)
  assert.equal(heldError({}, [key]), null)
  assert.notEqual(hintOf({ versions: { AWS_KEY: 2, AWS_PREVIOUS: 1 } }, { ...key, name: 'AWS_PREVIOUS' }), null)
})

test('all that is held is named, and no value', () => {
  const error = heldError({ credentials: [openCredential(), openCredential({ id: 'x', group: 'x', names: ['X'] })] }, [
    key,
    { ...key, group: 'x', name: 'X' },
  ])
  assert.equal(error?.code, 'CONFLICT')
  assert.equal(error?.at, 'AWS_KEY, X')
  assert.doesNotMatch(JSON.stringify([error.message, error.hint]), /canary/)
})

test('values that are ended upstream are known by their version, of each host its own', () => {
  const record = (version: number, fingerprint: string | null = 'aa'): SecretRecord => ({
    version,
    set: '2026-01-01T00:00:00Z',
    rotated: null,
    fingerprint,
    before: null,
  })
  const files = new Map([
    [
      'aws.env',
      new Map([
        ['OLD', record(1)],
        ['NEW', record(2)],
        ['GONE', record(1, null)],
        ['OWN', record(1)],
      ]),
    ],
    ['hosts/host1/aws.env', new Map([['OWN', record(1)]])],
  ])
  assert.deepEqual(endedIn({ ended: { OLD: 2, NEW: 2, GONE: 2, 'OWN@host1': 2 } }, { files }), ['OLD', 'OWN'])
  assert.deepEqual(endedIn({ ended: { 'OWN@host2': 2 } }, { files }), [])
  assert.deepEqual(endedIn({}, { files }), [])
})
