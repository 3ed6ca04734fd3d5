import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLedger } from '../../../src/core/fleet/ledger.ts'
import type { WatchAudit } from '../../../src/core/watch/audit-watch.ts'
import { auditWatch, judgedNow } from '../../../src/core/watch/audit-watch.ts'
import type { WatchEvent } from '../../../src/core/watch/event.ts'
import { missingEvents } from '../../../src/core/watch/missing-events.ts'
import type { WatchFacts } from '../../../src/core/watch/watch-facts.ts'
import { ownEvent, runningWatch, watchContainer, watchEvent, watchFacts } from '../../support/watch.ts'

const identity = { project: 'shop', environment: 'production', host: 'host1', id: 'id-of-host1' }
const whole = {
  agent: 'a0',
  starter: { kind: 'cron', sha256: 's0' },
  running: runningWatch(),
  last: { seq: 9, at: 0 },
  first: 1,
} as const

const audit = (watch: WatchFacts | null, given: Partial<WatchAudit> = {}): readonly string[] => {
  const known = { id: 'id-of-host1', current: 1, generations: [], watches: ['a0'] }
  const ledger = { ...emptyLedger('shop', 'production'), hosts: { host1: known } }
  const meant = { project: 'shop', environment: 'production', containers: [{ name: 'api', unit: null }] }
  const input = {
    host: 'host1',
    directory: '/opt/shop',
    facts: { watch, identity },
    ledger,
    meant,
    seen: null,
    judged: null,
    ...given,
  }
  return auditWatch(input).map(({ id, path, message }) => `${id} ${path}: ${message}`)
}

const agent = '/opt/shop/watch/agent.py'
const standing: readonly (readonly [string, WatchFacts | null, readonly string[]])[] = [
  ['nobody asked', null, []],
  ['it runs', watchFacts(whole), []],
  ['it is gone', watchFacts(), [`WATCH-STOPPED ${agent}: it was brought and is gone`]],
  [
    'it is gone and something answers',
    watchFacts({ running: runningWatch() }),
    [`WATCH-CHANGED ${agent}: it is not the program that was brought`],
  ],
  [
    'it does not run',
    watchFacts({ ...whole, running: null }),
    [`WATCH-STOPPED ${agent}: it does not run; it last wrote something at 1970-01-01T00:00:00Z`],
  ],
  [
    'its file is another',
    watchFacts({ ...whole, agent: 'b1' }),
    [`WATCH-CHANGED ${agent}: it is not the program that was brought`],
  ],
  [
    'another one runs',
    watchFacts({ ...whole, running: runningWatch({ sha256: 'b1' }) }),
    [`WATCH-CHANGED ${agent}: it is not the program that was brought`],
  ],
  [
    'nothing starts it',
    watchFacts({ ...whole, starter: null }),
    [`WATCH-CHANGED ${agent}: nothing would start it again`],
  ],
]

for (const [name, facts, expected] of standing) {
  test(`how it stands: ${name}`, () => assert.deepEqual(audit(facts), expected))
}

test('a host to which the ledger knows no watch was brought, or another machine, is not missed one', () => {
  assert.deepEqual(audit(watchFacts(), { ledger: emptyLedger('shop', 'production') }), [])
  const facts = { watch: watchFacts(), identity: { ...identity, id: 'another' } }
  assert.deepEqual(audit(null, { facts }), [])
  const unknown = { ledger: emptyLedger('shop', 'production') }
  assert.deepEqual(audit(watchFacts({ ...whole, starter: null }), unknown), [])
  const left = audit(watchFacts({ ...whole, running: null, last: null }), unknown)
  assert.deepEqual(left, [`WATCH-STOPPED ${agent}: it does not run`], 'what status says of it')
})

test('what is foreign is a finding for each path and way, ours and expected is none', () => {
  const at = (second: number): number => Date.parse('2026-01-01T00:00:00Z') + second * 1000
  const scope = 'generations/1/containers/api/vault-password'
  const events = [
    watchEvent({ seq: 1 }),
    watchEvent({ seq: 2, at: at(2), exe: null, comm: 'x\u001b[31m', uid: 33 }),
    watchEvent({ seq: 3, at: at(3), kind: 'suppressed', of: 'read', count: 40 }),
    watchEvent({ seq: 4, at: at(4), kind: 'attributes', exe: '/usr/bin/chmod' }),
    watchEvent({ seq: 5, ours: true, path: 'live' }),
    watchEvent({ seq: 6, path: scope, container: watchContainer() }),
    watchEvent({ seq: 7, path: scope, container: watchContainer({ container: null, id: 'ab'.repeat(32) }) }),
  ]
  assert.deepEqual(audit(watchFacts({ ...whole, events })), [
    'FOREIGN-READ /opt/shop/generations/1/vault-password: read by /usr/bin/cat, uid 0, ' +
      'x\\u001b[31m (had ended), uid 33; 42 times, last at 2026-01-01T00:00:03Z',
    'FOREIGN-CHANGE /opt/shop/generations/1/vault-password: attributes by /usr/bin/chmod, uid 0; ' +
      'once at 2026-01-01T00:00:04Z',
    `FOREIGN-READ /opt/shop/${scope}: read by /usr/bin/cat, uid 0 in container abababababab; once at 2026-01-01T00:00:00Z`,
  ])
})

const told = ownEvent('stop', { seq: 2, note: 'signal 15' })
/** The first of those that nobody has looked at follows the last one that somebody has. */
const gaps: readonly (readonly [string, readonly WatchEvent[], number | null, readonly RegExp[]])[] = [
  ['none', [ownEvent('start', { seq: 1 }), watchEvent({ seq: 2 }), ownEvent('stop', { seq: 3 })], null, []],
  ['between', [watchEvent({ seq: 2 }), watchEvent({ seq: 5 })], 1, [/^numbers 3 to 4 are missing$/]],
  ['before, of what somebody had looked at', [watchEvent({ seq: 8 })], 5, [/^numbers 6 to 7 are gone/]],
  ['before, where nobody ever looked', [watchEvent({ seq: 8 })], null, []],
  ['too much at once', [ownEvent('overflow', { seq: 2 })], 1, [/more happened than could be written/]],
  ['killed', [watchEvent({ seq: 2 }), ownEvent('start', { seq: 3 })], 1, [/was killed after .* came back at/]],
  [
    'told to stop, by whomever',
    [told, ownEvent('start', { seq: 3, at: told.at + 5000 })],
    1,
    [/^the watch was stopped \(signal 15\) at 2026-01-01T00:00:00Z and came back at 2026-01-01T00:00:05Z: /],
  ],
  ['ended by setup', [{ ...told, ours: true }, ownEvent('start', { seq: 3 })], 1, []],
  ['told to stop, and not back yet', [told], 1, []],
  ['told to stop with the machine', [told, ownEvent('start', { seq: 3, boot: 'b1' })], 1, []],
  ['killed when all was looked at', [watchEvent({ seq: 1 }), ownEvent('start', { seq: 2 })], 1, [/was killed/]],
  ['stopped when all was looked at', [told, ownEvent('start', { seq: 3 })], 2, [/was stopped/]],
  [
    'cut out right after what was looked at',
    [watchEvent({ seq: 1 }), watchEvent({ seq: 3 })],
    1,
    [/^numbers 2 to 2 are/],
  ],
  ['the machine fell', [watchEvent({ seq: 2 }), ownEvent('start', { seq: 3, boot: 'b1' })], 1, []],
]

for (const [name, events, seen, expected] of gaps) {
  test(`numbers: ${name}`, () => {
    const last = events.at(-1) ?? null
    const [before = null] = events.filter(({ seq }) => seq === seen)
    const since = events.filter(({ seq }) => seq > (seen ?? 0))
    const facts = { events: since, before, id: 'f0', more: false, first: events[0]?.seq ?? null, last }
    const found = missingEvents(facts, { seen })
    assert.equal(found.length, expected.length, found.join('\n'))
    for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern)
  })
}

test('a gap that was over before the time that is asked for is not told', () => {
  const events = [told, ownEvent('start', { seq: 3, at: told.at + 5000 })]
  const facts = watchFacts({ ...whole, events })
  const count = (from: number): number => missingEvents(facts, { seen: null, from }).length
  assert.deepEqual([count(told.at + 5000), count(told.at + 5001)], [1, 0])
})

test('numbers that begin anew are told, but not of another machine', () => {
  const facts = watchFacts({ ...whole, last: { seq: 3, at: 0 } })
  const seen = { seq: 9, id: 'id-of-host1' }
  assert.match(audit(facts, { seen }).join(), /EVENTS-MISSING .*number 9 was looked at, the newest there is now 3/)
  assert.match(audit(watchFacts({ ...whole, last: null }), { seen }).join(), /the newest there is now none/)
  assert.deepEqual(audit(facts, { seen: { ...seen, id: 'another' } }), [])
})

test('what a host had no room to hand out is not silence', () => {
  const events = [1, 2].map((seq) => watchEvent({ seq, ours: true }))
  assert.deepEqual(audit(watchFacts({ ...whole, events, more: true })), [
    'EVENTS-WAITING /opt/shop/watch/events.jsonl: only the oldest 2 that nobody has looked at were judged',
  ])
  assert.deepEqual(audit(watchFacts({ ...whole, events, more: false })), [])
})

test('two hundred thousand reads of one path are one finding', () => {
  const events = Array.from({ length: 200_000 }, (_one, index) => watchEvent({ seq: index + 1 }))
  const found = audit(watchFacts({ ...whole, events }))
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /200000 times, last at 2026-01-01T00:00:00Z/)
})

test('events that were replaced before any audit judged them are missed, also where nobody has looked', () => {
  const facts = watchFacts({ ...whole, id: 'id-of-host1', first: 50, last: { seq: 90, at: 0 } })
  const judged = { seq: 9, id: 'id-of-host1' }
  const gone = '/opt/shop/watch/events.jsonl: numbers 10 to 49 are gone: no audit came before their files were replaced'
  assert.deepEqual(audit(facts, { judged }), [`EVENTS-MISSING ${gone}`])
  assert.deepEqual(audit(facts), [], 'nothing is known of before')
  assert.deepEqual(audit(facts, { judged: { seq: 49, id: 'id-of-host1' } }), [])
  assert.deepEqual(audit(facts, { judged: { seq: 9, id: 'another' } }), [], 'of another machine')
  assert.deepEqual(audit(facts, { judged, seen: { seq: 60, id: 'id-of-host1' } }), [], 'somebody has looked')
})

test('an audit keeps how far it judged, and what is gone until somebody looks', () => {
  const watch = watchFacts({ ...whole, first: 50, last: { seq: 90, at: 0 } })
  const id = identity.id
  const now = (
    before: number | null,
    seen: number | null = null,
    given: Partial<WatchFacts> = {},
  ): ReturnType<typeof judgedNow> =>
    judgedNow({
      facts: { watch: { ...watch, ...given }, identity },
      judged: before === null ? null : { seq: before, id },
      seen: seen === null ? null : { seq: seen, id },
    })
  assert.deepEqual(now(null), { seq: 90, id })
  assert.deepEqual(now(49), { seq: 90, id })
  assert.deepEqual(now(9), { seq: 9, id }, 'it stays gone')
  assert.deepEqual(now(9, 60), { seq: 90, id }, 'until somebody looks')
  assert.deepEqual(now(60, null, { more: true, events: [watchEvent({ seq: 70 })] }), { seq: 70, id })
  assert.deepEqual(now(60, null, { last: null }), { seq: 60, id })
})
