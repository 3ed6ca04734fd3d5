import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { command } from '../../src/cli/commands/rotate.ts'
import { rotationResult } from '../../src/cli/rotation-result.ts'
import type { Exposed, ExposedSecret } from '../../src/core/rotate/exposed.ts'
import type { Committed, RotationReport } from '../../src/core/rotate/rotation-report.ts'
import { rotatedRow, rotationReport } from '../support/rotation.ts'
import { checkJson } from '../support/json-output.ts'

const report = rotationReport
const row = rotatedRow

const secret = (over: Partial<ExposedSecret>): ExposedSecret => ({
  name: 'AWS_ID',
  group: 'aws',
  host: null,
  version: 2,
  inForce: 2,
  state: 'valid',
  since: null,
  credential: 'aws',
  proofs: ['generation 4: its manifest'],
  ...over,
})

const byHand = secret({ name: 'PLAIN', group: 'plain', host: 'onode1', credential: null })

const exposed = (...secrets: readonly ExposedSecret[]): Exposed => ({
  who: 'onode1',
  kind: 'host',
  readsOn: false,
  secrets,
})

suite('what rotate --exposed-by prints', () => {
  const given = report({
    exposed: exposed(
      secret({ proofs: ['generation 3 of 2026-11-01: the ledger', 'generation 4: its manifest'] }),
      byHand,
      secret({ name: 'KEY', version: 1, state: 'previous', credential: 'session/KEY' }),
      secret({ name: 'AWS_SECRET', version: null, inForce: 3, state: 'former' }),
      secret({ name: 'GONE', group: null, inForce: null, state: 'removed', credential: null }),
      secret({ name: 'OLD', version: 1, inForce: 5, state: 'replaced', since: '2026-11-02T00:00:00Z' }),
    ),
    rows: [row({})],
  })
  const result = rotationResult(given, (plan) => `lockstep rotate --expect ${plan}`)

  test('each version with what it is good for, and what says that it could be read', () => {
    assert.ok(typeof result.text === 'string')
    const lines = result.text.split('\n').map((line) => line.replace(/ {2,}/g, ' | '))
    assert.deepEqual(lines.slice(1, 8), [
      'onode1 COULD READ | VERSION | NOW | WHAT | PROOF',
      'AWS_ID | 2 | 2 | rotate | generation 3 of 2026-11-01: the ledger, generation 4: its manifest',
      'PLAIN@onode1 | 2 | 2 | lockstep set PLAIN --group plain --host onode1 | generation 4: its manifest',
      'KEY | 1 | 2 | rotate: delivered as the previous value | generation 4: its manifest',
      'AWS_SECRET | <3 | 3 | end: the former value is still valid | generation 4: its manifest',
      'GONE | 2 | - | no longer in the project: see that it was ended | generation 4: its manifest',
      'OLD | 1 | 5 | void since 2026-11-02 | generation 4: its manifest',
    ])
  })

  test('as its schema says', () => {
    checkJson(command, null, JSON.parse(JSON.stringify(result.json)))
    checkJson(command, null, JSON.parse(JSON.stringify(rotationResult(report({}), String).json)))
  })

  const rows: readonly [string, Partial<RotationReport>, string | undefined, string | undefined][] = [
    ['all was rotated', { exposed: exposed(secret({})), rows: [row({})] }, undefined, 'lockstep status'],
    ['nothing could be read', { exposed: exposed() }, undefined, 'lockstep status'],
    [
      'something is left to a person',
      { exposed: exposed(secret({}), byHand), rows: [row({})] },
      'PARTIAL',
      'lockstep set PLAIN --group plain --host onode1, then lockstep deploy',
    ],
    [
      'something is left to a person, and the plan first',
      { exposed: exposed(secret({}), byHand), rows: [row({ end: null })], isCheck: true },
      'PARTIAL',
      'lockstep rotate --expect 7f3a51c2',
    ],
    [
      'one was left alone',
      { exposed: exposed(secret({})), rows: [row({ action: 'leave', why: 'needs you' })] },
      'PARTIAL',
      'lockstep status',
    ],
    [
      'one was left alone that nobody could read',
      { rows: [row({ action: 'leave', why: 'needs you' })] },
      undefined,
      'lockstep status',
    ],
  ]
  for (const [title, over, exit, next] of rows) {
    test(title, () => {
      const { exit: found, next: typed } = rotationResult(report(over), (plan) => `lockstep rotate --expect ${plan}`)
      assert.deepEqual([found, typed], [exit, next])
    })
  }
})

suite('what rotate says of git', () => {
  const problem = { code: 'UNAVAILABLE', message: 'it is committed and not pushed', hint: 'git push' } as const
  const said = (git: Committed | null): string => {
    const { text, json } = rotationResult(rotationReport({ rows: [rotatedRow()], git }), () => 'again')
    checkJson(command, null, JSON.parse(JSON.stringify(json)))
    return String(text)
  }
  test('what became of it, and what to type', () => {
    assert.match(said({ commit: 'abc1234', isPushed: true, problem: null }), /^committed abc1234, pushed$/m)
    assert.match(said({ commit: 'abc1234', isPushed: false, problem: null }), /^committed abc1234$/m)
    assert.match(said({ commit: null, isPushed: true, problem: null }), /^what was committed before, pushed$/m)
    assert.match(
      said({ commit: 'abc1234', isPushed: false, problem }),
      /^git: it is committed and not pushed\n {2}hint: git push$/m,
    )
    assert.doesNotMatch(said(null), /committed/)
  })
})
