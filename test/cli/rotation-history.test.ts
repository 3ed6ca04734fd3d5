import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { command } from '../../src/cli/commands/rotate.ts'
import { historyResult } from '../../src/cli/rotation-history.ts'
import type { RotationHistory, ToldRotation } from '../../src/core/rotate/history.ts'
import { checkJson } from '../support/json-output.ts'

const one = (over: Partial<ToldRotation> = {}): ToldRotation => ({
  id: '7f3a51c2',
  at: '2026-11-02T10:00:00Z',
  ended: '2026-11-02T10:01:30Z',
  took: 90_000,
  by: 'anna@control (pid 7)',
  reason: null,
  isEmergency: false,
  credentials: { aws: 'retired', 'session/KEY': 'promoted' },
  hosts: { onode1: 'api reported', anode1: '' },
  ...over,
})

const history = (over: Partial<RotationHistory> = {}): RotationHistory => ({
  environment: 'production',
  isReached: true,
  open: null,
  rotations: [],
  notes: [],
  ...over,
})

const half = {
  id: '7f3a51c2',
  at: '2026-11-02T10:00:00Z',
  by: 'me',
  reason: null,
  hosts: ['a'],
  credentials: { aws: 'installed' },
} as const

suite('what rotate history prints', () => {
  test('when, how long, who, what, the proof and why', () => {
    const { text } = historyResult(
      history({
        rotations: [
          one(),
          one({ isEmergency: true, reason: 'exposed by onode1', took: 3000 }),
          one({ credentials: {}, hosts: {}, took: 90_000_000 }),
        ],
      }),
    )
    assert.ok(typeof text === 'string')
    assert.deepEqual(
      text.split('\n').map((line) => line.replace(/ {2,}/g, ' | ')),
      [
        'WHEN | TOOK | WHO | WHAT | PROOF | WHY',
        '2026-11-02T10:00:00Z | 1m | anna@control (pid 7) | aws retired, session/KEY promoted | onode1 (api reported), anode1 | -',
        '2026-11-02T10:00:00Z | 3s | anna@control (pid 7) | emergency: aws retired, session/KEY promoted | onode1 (api reported), anode1 | exposed by onode1',
        '2026-11-02T10:00:00Z | 1d | anna@control (pid 7) | new passwords | - | -',
      ],
    )
  })

  const rows: readonly [string, RotationHistory, RegExp, string | undefined, string | undefined][] = [
    ['nothing yet', history(), /^nothing was rotated yet$/, undefined, undefined],
    [
      'as last seen',
      history({ isReached: false, notes: ['as last seen from here'] }),
      /nothing was rotated yet\n.*as last seen from here/,
      'PARTIAL',
      undefined,
    ],
    [
      'one is half-done',
      history({ open: half, rotations: [one()] }),
      /anna/,
      undefined,
      'lockstep rotate --resume, or lockstep rotate --abort',
    ],
  ]
  for (const [title, found, text, exit, next] of rows) {
    test(title, () => {
      const result = historyResult(found)
      assert.ok(typeof result.text === 'string')
      assert.match(result.text, text)
      assert.deepEqual([result.exit, result.next], [exit, next])
      checkJson(command, 'history', JSON.parse(JSON.stringify(result.json)))
    })
  }
})
