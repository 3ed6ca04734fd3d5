/** What commands that go to hosts hand back for --json, against their schemas: the others are held against theirs
 *  wherever a test calls them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesResult } from '../../src/cli/audit-changes.ts'
import { auditResult } from '../../src/cli/audit-result.ts'
import type { Command, Result } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { deliveryResult } from '../../src/cli/delivery-result.ts'
import { eventsResult, pullResult } from '../../src/cli/events-result.ts'
import { exportResult } from '../../src/cli/log-result.ts'
import { statusResult } from '../../src/cli/status-result.ts'
import { verifiedResult } from '../../src/cli/verified-result.ts'
import { watchResult } from '../../src/cli/watch-result.ts'
import { finding } from '../../src/core/audit/findings.ts'
import type { PulledEvent } from '../../src/core/log/event-view.ts'
import { checkJson } from '../support/json-output.ts'
import { watchContainer, watchEvent } from '../support/watch.ts'

const lost = { code: 'UNAVAILABLE', message: 'cannot be reached', hint: null } as const
const event = watchEvent({ container: watchContainer() })

const pulled: PulledEvent = {
  n: 1,
  host: 'host1',
  container: null,
  instance: 'i',
  position: '1',
  kind: 'read',
  verdict: 'foreign',
  watch: event,
  told: null,
}
const told: PulledEvent = {
  ...pulled,
  n: 2,
  container: 'api',
  kind: 'degraded',
  verdict: null,
  watch: null,
  told: {
    event: 'degraded',
    stamp: '2026-01-01T00:00:00.1Z',
    time: null,
    scope: 'api',
    generation: 1,
    missing: ['KEY'],
    error: null,
  },
}

const loose = finding('WORLD-READABLE', { host: 'host1', path: '/x', message: 'is 644', fix: 'chmod 600 /x' })
const audited = {
  environment: 'production',
  hosts: ['host1'],
  audited: 1,
  missed: 0,
  findings: [loose],
  accepted: [],
  mended: [],
  backup: null,
  rotations: null,
}

const status = {
  environment: 'production',
  revision: 2,
  hosts: [
    {
      host: 'host1',
      rung: null,
      state: 'unreachable',
      generation: null,
      next: null,
      reason: null,
      containers: [],
      problem: lost,
      watch: null,
    },
  ],
  overdue: [],
  backup: {
    verified: '2026-01-01T00:00:00Z',
    made: null,
    behind: [],
    every: null,
    isOverdue: false,
    damage: [],
    says: 'today',
  },
  rotations: null,
  notes: [],
  isAtWork: false,
  isInStep: false,
} as const

const results: readonly (readonly [string, string | null, Result])[] = [
  [
    'watch',
    null,
    watchResult(
      {
        environment: 'production',
        foreign: 1,
        hosts: [
          {
            host: 'host1',
            events: [{ ...event, verdict: 'foreign' }],
            missing: [],
            last: 1,
            more: false,
            problem: null,
          },
          { host: 'host2', events: [], missing: [], last: null, more: false, problem: lost },
        ],
      },
      { seen: false, all: false, isPart: false, again: { hosts: undefined, rest: [] } },
    ),
  ],
  [
    'log',
    'pull',
    pullResult({
      environment: 'production',
      events: [pulled, told],
      asked: 2,
      problems: [{ host: 'host2', ...lost }],
      notes: [],
    }),
  ],
  ['log', 'events', eventsResult([pulled, told])],
  ['log', 'events', eventsResult([])],
  ['audit', null, auditResult(audited)],
  ['audit', null, changesResult(audited, { since: 1_700_000_000_000, appeared: [loose], gone: [loose] }, {})],
  ['status', null, statusResult(status)],
  [
    'deploy',
    null,
    deliveryResult(
      {
        plan: 'ace2d863',
        environment: 'production',
        revision: 3,
        isCheck: false,
        hosts: [
          {
            host: 'host1',
            state: 'failed',
            from: 1,
            to: 2,
            reason: 'KEY changed',
            changes: [{ secret: 'KEY', kind: 'changed', from: 1, to: 2 }],
            containers: [{ container: 'api', action: 'recreate', why: 'KEY changed', proof: null }],
            problem: lost,
          },
        ],
        unrecorded: [],
        notes: [],
      },
      { done: () => 'lockstep status', planned: (plan) => plan, only: undefined },
    ),
  ],
  [
    'backup-verify',
    null,
    verifiedResult({
      here: { archives: [], problems: [] },
      log: [{ file: 'access.jsonl', line: 0, kind: 'anchor', message: 'has seen more' }],
      hosts: [
        { host: 'host1', done: { compared: 1, elsewhere: 0, problems: [] }, problem: null },
        { host: 'host2', done: null, problem: lost },
      ],
      refused: null,
      mended: { steps: [{ host: 'host1', name: 'x', how: 'written', from: null }], left: [], lost: [] },
    }),
  ],
]

const named = async (name: string): Promise<Command> => (await (commands[name] ?? assert.fail(name))()).command

for (const [name, action, { json }] of results) {
  test(`${name} ${action ?? ''}`, async () => checkJson(await named(name), action, JSON.parse(JSON.stringify(json))))
}

test('log export --format json is what --json prints', () => {
  const { text, json } = exportResult([], { problems: [] }, 'json')
  assert.ok(text instanceof Uint8Array)
  assert.deepEqual(JSON.parse(new TextDecoder().decode(text)), json)
})

test('one of another kind is told', async () => {
  const watch = await named('watch')
  assert.throws(() => checkJson(watch, null, { environment: 'x', foreign: 0, hosts: [{ host: 'a', problem: 'down' }] }))
  assert.throws(() => checkJson(watch, null, {}))
})
