import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concernsOf } from '../../../src/core/alerts/concerns.ts'
import { knownFromJson, nothingKnown } from '../../../src/core/known/known.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import type { PastRotation, RotationJournal } from '../../../src/core/rotate/journal.ts'
import { knownRotations, rotationFindings } from '../../../src/core/rotate/known-rotations.ts'
import { openCredential, openRotation } from '../../support/rotation.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.parse('2026-01-01T00:00:00Z')

const manifest = parseManifest(
  `project: shop
groups:
  aws: { keys: [AWS_KEY], rotate: { with: aws-iam, user: api } }
  session: { keys: [SESSION_KEY], rotate: { with: random, breaks: logins } }
  plain: { keys: [PLAIN] }
`,
  { at: 'lockstep.yaml' },
)

const past = (id: string, ended: string, credentials: PastRotation['credentials']): PastRotation => ({
  id,
  at: ended,
  ended,
  by: 'anna@laptop (pid 7)',
  reason: null,
  isEmergency: false,
  credentials,
  hosts: {},
})

const told = (journal: RotationJournal, after: number): readonly string[] =>
  rotationFindings(knownRotations(journal, manifest), start + after).map(({ id, path }) => `${id} ${path ?? '-'}`)

const waits = (over: Parameters<typeof openCredential>[0] = {}): RotationJournal => ({
  credentials: [openCredential({ state: 'promoted', promoted: '2026-01-01T00:00:00Z', overlap: day, ...over })],
})
const half: RotationJournal = { rotation: openRotation(), credentials: [openCredential({ state: 'verified' })] }
const failed = past('1', '2026-01-01T00:00:00Z', { aws: 'failed', 'session/SESSION_KEY': 'retired' })

const cases: readonly (readonly [string, RotationJournal, number, readonly string[]])[] = [
  ['nothing is open', {}, 99 * day, []],
  ['half-done, and perhaps at work', half, hour, []],
  ['half-done for longer than any run', half, hour + 1, ['ROTATION-STUCK rotation 12345678']],
  ['half-done since a time to come: a clock was wrong', half, -2 * hour, ['ROTATION-STUCK rotation 12345678']],
  ['waiting for its overlap', waits(), day, []],
  ['waiting a day longer', waits(), 2 * day, []],
  ['waiting longer than that', waits(), 2 * day + 1, ['ROTATION-STUCK aws']],
  ['its overlap began when another clock was a little ahead', waits(), -hour, []],
  ['its overlap began at a time to come: a clock was wrong', waits(), -hour - 1, ['ROTATION-STUCK aws']],
  ['a long overlap', waits({ overlap: 30 * day }), 31 * day, []],
  ['taken back', { rotations: [failed] }, 1, ['ROTATION-FAILED aws']],
  ['taken back on purpose', { rotations: [past('1', '2026-01-01T00:00:00Z', { aws: 'withdrawn' })] }, 1, []],
  ['rotated since', { rotations: [failed, past('2', '2026-01-02T00:00:00Z', { aws: 'promoted' })] }, 1, []],
  ['no longer rotated', { rotations: [past('1', '2026-01-01T00:00:00Z', { gone: 'failed', plain: 'failed' })] }, 1, []],
  [
    'of one host',
    { rotations: [past('1', '2026-01-01T00:00:00Z', { 'aws@host1': 'failed' })] },
    1,
    ['ROTATION-FAILED aws@host1'],
  ],
]
for (const [name, journal, after, expected] of cases) {
  test(`what of rotations somebody has to look at: ${name}`, () => assert.deepEqual(told(journal, after), expected))
}

test('it says what to type, and no value', () => {
  const journal = { ...half, ...waits({ problem: 'upstream does not answer' }), rotations: [failed] }
  const known = knownRotations(journal, manifest)
  const found = rotationFindings(known, start + 5 * day)
  assert.deepEqual(
    found.map(({ message, fix }) => [message, fix]),
    [
      [
        'is half-done since 2026-01-01T00:00:00Z: begun by me@here (pid 1)',
        'lockstep rotate --resume, or lockstep rotate --abort',
      ],
      [
        'its former value is still valid, 4d after it was to end (upstream does not answer)',
        'lockstep rotate --resume; lockstep rotate --check says what it waits for',
      ],
      ['its new value was refused and taken back on 2026-01-01: the former one is in force', 'lockstep rotate aws'],
    ],
  )
  assert.doesNotMatch(JSON.stringify([known, found]), /canary/)
})

test('the record keeps it, and the calendar alone makes it a concern, whatever an audit said before', () => {
  const audited = rotationFindings(knownRotations(half, manifest), start + 2 * hour).map((one) => ({ ...one }))
  const audit = { at: 1, hosts: {}, accepted: null, findings: audited }
  const ids = (rotations: RotationJournal | null, after: number): readonly string[] => {
    const seen = rotations === null ? null : knownRotations(rotations, manifest)
    const record = JSON.stringify({ ...nothingKnown, audit, rotations: seen })
    return [...concernsOf(knownFromJson(record, 'known'), start + after).values()].map(({ id }) => id)
  }
  assert.deepEqual(ids(null, 2 * hour), ['ROTATION-STUCK'])
  assert.deepEqual(ids(half, 2 * hour), ['ROTATION-STUCK'])
  assert.deepEqual(ids({}, 2 * hour), [])
  assert.deepEqual(ids(waits(), 2 * day), [])
  assert.deepEqual(ids(waits(), 3 * day), ['ROTATION-STUCK'])
})

test('a record that does not say when an overlap began still reads', () => {
  const { waiting, ...rest } = knownRotations(waits(), manifest)
  const rotations = { ...rest, waiting: waiting.map(({ id, over, problem }) => ({ id, over, problem })) }
  const read = knownFromJson(JSON.stringify({ ...nothingKnown, rotations }), 'known').rotations
  assert.deepEqual(read?.waiting, [{ id: 'aws', since: null, over: start + day, problem: null }])
  assert.deepEqual(rotationFindings({ half: null, failed: [], waiting: read?.waiting ?? [] }, start - 9 * day), [])
})

test('a record of before there was any of this still reads', () => {
  const { rotations: _, ...older } = nothingKnown
  assert.equal(knownFromJson(JSON.stringify(older), 'known').rotations, null)
})
