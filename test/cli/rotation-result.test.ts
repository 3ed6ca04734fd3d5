import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { command } from '../../src/cli/commands/rotate.ts'
import { rotationResult } from '../../src/cli/rotation-result.ts'
import type { HostOutcome } from '../../src/core/fleet/delivery-report.ts'
import type { Exposed, ExposedSecret } from '../../src/core/rotate/exposed.ts'
import type { Committed, RotatedRow, RotationReport, StillValid } from '../../src/core/rotate/rotation-report.ts'
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
  isControl: false,
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
      secret({ name: 'HAND', version: 1, inForce: 3, state: 'unended', since: '2026-11-02T00:00:00Z' }),
      secret({ name: 'OLD', version: 1, inForce: 5, state: 'replaced', since: '2026-11-02T00:00:00Z' }),
    ),
    rows: [row({})],
  })
  const result = rotationResult(given, (plan) => `lockstep rotate --expect ${plan}`)

  test('each version with what it is good for, and what says that it could be read', () => {
    assert.ok(typeof result.text === 'string')
    const lines = result.text.split('\n').map((line) => line.replace(/ {2,}/g, ' | '))
    assert.deepEqual(lines.slice(1, 9), [
      'onode1 COULD READ | VERSION | NOW | WHAT | PROOF',
      'AWS_ID | 2 | 2 | rotate | generation 3 of 2026-11-01: the ledger, generation 4: its manifest',
      'PLAIN@onode1 | 2 | 2 | lockstep set PLAIN --group plain --host onode1 | generation 4: its manifest',
      'KEY | 1 | 2 | rotate: delivered as the previous value | generation 4: its manifest',
      'AWS_SECRET | <3 | 3 | end: the former value is still valid | generation 4: its manifest',
      'GONE | 2 | - | no longer in the project: see that it was ended | generation 4: its manifest',
      'HAND | 1 | 3 | replaced 2026-11-02: see that it was ended where it was made | generation 4: its manifest',
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
    ...(['unended', 'removed'] as const).map((state): [string, Partial<RotationReport>, string, string] => [
      `a person has to look: ${state}`,
      { exposed: exposed(secret({}), secret({ name: 'HAND', version: 1, state })), rows: [row({})] },
      'PARTIAL',
      'lockstep status',
    ]),
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

suite('what rotate prints', () => {
  const day = 86_400_000
  const planned = (host: string, containers: readonly string[]): HostOutcome => ({
    host,
    state: 'planned',
    from: 41,
    to: 42,
    reason: null,
    changes: [],
    containers: ['api', 'worker'].map((container) => ({
      container,
      action: containers.includes(container) ? 'recreate' : 'keep',
      why: '',
      proof: null,
    })),
    problem: null,
  })
  const plan = report({
    isCheck: true,
    rows: [
      row({
        age: 41 * day,
        every: 30 * day,
        state: 'overdue',
        overlap: day,
        note: 'key slots 1/2',
        end: null,
        hosts: ['onode1', 'gnode1'],
      }),
      row({
        id: 's',
        names: ['SESSION_KEY'],
        age: 7 * day,
        every: 7 * day,
        with: 'random',
        oldStays: 'previous',
        end: null,
      }),
      row({ id: 'g', names: ['TOKEN'], with: 'person', action: 'leave', oldStays: null, why: 'needs you', end: null }),
    ],
    hosts: [planned('onode1', ['api', 'worker']), planned('anode1', ['api'])],
    provable: { api: 'reported', worker: 'mounted' },
    missing: [{ host: 'gnode1', code: 'UNAVAILABLE', message: 'did not answer in time', hint: null }],
  })
  const printed = (given: RotationReport): readonly string[] =>
    String(rotationResult(given, (id) => `lockstep rotate --expect ${id}`).text)
      .split('\n')
      .map((line) => line.replace(/ {2,}/g, ' | '))

  test('the plan: what gets a new value, where it goes, who is missing, and the way back', () => {
    assert.deepEqual(printed(plan), [
      'production | plan 7f3a51c2 | nothing written',
      'SECRET | AGE/DUE | WITH | OLD VALID | NOTE',
      'AWS_ID +1 | 41d/30d! | aws-iam | 1d | key slots 1/2',
      'SESSION_KEY | 7d/7d | random | previous | -',
      'TOKEN | 0s | person | - | skipped: needs you',
      'ORDER | HOST | GEN | RESTARTS | PROOF | STATE',
      '1 | onode1 | 41→42 | api, worker | reported, mounted | canary',
      '2 | anode1 | 41→42 | api | reported | planned',
      '-- | gnode1 | - | unreachable | - | blocks the end of the old AWS_ID, AWS_SECRET',
      'gnode1: did not answer in time',
      'undo | lockstep rotate --abort, until the first old value ends: within the same run',
    ])
  })

  const ended: readonly [string, Partial<RotatedRow>, string, string][] = [
    ['rotated', { note: null }, '1 credential rotated', '- | retired'],
    ['rotated, and still valid', { end: 'promoted', overlap: day }, '1 credential rotated', '1d | promoted'],
    ['rotated, and its end was refused', { end: 'promoted' }, '1 credential rotated', '- | promoted'],
    ['delivered as well', { oldStays: 'previous' }, '1 credential rotated', 'previous | retired'],
    ['refused', { end: 'failed' }, '1 taken back', '- | failed'],
    ['ended', { action: 'retire', oldStays: null }, '1 former value ended', '- | retired'],
    [
      'tried to end',
      { action: 'retire', oldStays: null, end: 'promoted', problem: { code: 'DENIED', message: 'no', hint: null } },
      '0 credentials rotated',
      '- | no',
    ],
    ['taken back', { action: 'return', oldStays: null, end: 'withdrawn' }, '1 taken back', '- | withdrawn'],
    [
      'left alone',
      { action: 'leave', oldStays: null, end: null, why: 'not due' },
      '0 credentials rotated',
      '- | skipped: not due',
    ],
  ]
  for (const [title, over, head, cells] of ended) {
    test(`what became of it: ${title}`, () => {
      const [first, , line] = printed(report({ rows: [row(over)] }))
      assert.equal(first, `production | plan 7f3a51c2 | ${head}`)
      assert.equal(line, `AWS_ID +1 | 0s | aws-iam | ${cells}`)
    })
  }

  test('the command that carries it out, without the hosts that do not come', () => {
    const nextTo = (command: string): string | undefined =>
      rotationResult(plan, (id) => `${command} --expect ${id}`).next
    assert.equal(nextTo('lockstep rotate'), 'lockstep rotate --expect 7f3a51c2 --allow-missing')
    const given = 'lockstep rotate --abandon-host gnode1'
    assert.equal(nextTo(given), `${given} --expect 7f3a51c2`)
  })

  test('a former value that is still valid: what it waits for, and until when there is a way back', () => {
    const waits = { id: 'aws', names: ['AWS_ID'], with: 'aws-iam', why: 'gnode1: did not answer', hosts: ['gnode1'] }
    const lines = printed(
      report({
        rows: [row({ end: 'promoted' })],
        waiting: [{ ...waits, until: 1_764_126_540_000, isLate: false, isEnding: false }],
      }),
    )
    assert.deepEqual(lines.slice(3), [
      'waiting AWS_ID: its former value ends when that is over: gnode1: did not answer',
      'undo | lockstep rotate --abort aws, until the first old value ends: not before 2025-11-26T03:09:00Z',
    ])
  })

  const until = Date.parse('2026-01-02T00:00:00Z')
  const waits = { id: 'aws', names: ['AWS_ID'], with: 'aws-iam', why: null, hosts: [], until }
  const valid: StillValid = { ...waits, isLate: false, isEnding: false }
  const undo = 'undo | lockstep rotate --abort aws, until the first old value ends:'
  const told: readonly [string, Partial<RotationReport>, readonly string[]][] = [
    [
      'nothing but time is missing',
      { waiting: [{ ...valid, why: 'for 23h more' }] },
      ['waiting AWS_ID: its former value stays valid for 23h more', `${undo} not before 2026-01-02T00:00:00Z`],
    ],
    [
      'its end was refused: there is no way back',
      { waiting: [{ ...valid, isEnding: true }] },
      ['waiting AWS_ID: the end of its former value has begun: lockstep rotate --resume'],
    ],
    [
      'its time has passed, and a host keeps it',
      { waiting: [{ ...valid, isLate: true, why: 'host2: no', hosts: ['host2'] }] },
      [
        'waiting AWS_ID: its former value ends when that is over: host2: no',
        `${undo} with the next run that nothing keeps from it`,
      ],
    ],
    [
      'many of them',
      { waiting: ['a', 'b', 'c', 'd'].map((id) => ({ ...valid, id, why: 'for 1h more' })) },
      [
        ...Array.from({ length: 4 }, () => 'waiting AWS_ID: its former value stays valid for 1h more'),
        'undo | lockstep rotate --abort NAME, until the first old value ends: not before 2026-01-02T00:00:00Z',
      ],
    ],
    [
      'a plan with an overlap',
      { isCheck: true, rows: [row({ id: "it's", overlap: day, end: null })] },
      [`undo | lockstep rotate --abort 'it'\\''s', until the first old value ends: after 1d`],
    ],
    [
      'an emergency',
      { isCheck: true, isEmergency: true, rows: [row({ end: null }), row({ oldStays: 'previous', end: null })] },
      ['undo | none: in an emergency old values end before the first host has the new one'],
    ],
    [
      'an emergency that is about what is delivered as the previous value',
      { isCheck: true, isEmergency: true, rows: [row({ oldStays: 'previous', end: null })] },
      ['undo | lockstep rotate --abort, until the first old value ends: within the same run'],
    ],
  ]
  for (const [title, over, lines] of told) {
    test(`the way back: ${title}`, () =>
      assert.deepEqual(
        printed(report(over)).filter((line) => /^(waiting|undo)/.test(line)),
        lines,
      ))
  }

  test('what is wrong with a host once, wherever that was found', () => {
    const problem = { code: 'UNAVAILABLE', message: 'ssh: no route to host', hint: null } as const
    const [one] = plan.hosts
    const lost = { ...(one ?? assert.fail()), host: 'gnode1', state: 'unreachable', problem } as const
    const lines = printed(report({ hosts: [lost], missing: [{ host: 'gnode1', ...problem }] }))
    assert.deepEqual(
      lines.filter((line) => line.includes('no route')),
      ['gnode1: ssh: no route to host'],
    )
  })

  test('as its schema says', () =>
    checkJson(command, null, JSON.parse(JSON.stringify(rotationResult(plan, String).json))))
})
