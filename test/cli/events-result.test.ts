import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventsResult, pullResult } from '../../src/cli/events-result.ts'
import type { PulledEvent } from '../../src/core/log/event-view.ts'
import type { WatchEvent } from '../../src/core/watch/event.ts'
import { ownEvent, watchEvent } from '../support/watch.ts'

const pulled = (watch: WatchEvent, given: Partial<PulledEvent> = {}): PulledEvent => ({
  n: watch.seq,
  host: 'host1',
  container: null,
  instance: 'id-of-host1.0',
  position: String(watch.seq),
  kind: watch.kind,
  verdict: 'foreign',
  watch,
  told: null,
  ...given,
})

test('an event of a watch is worded as the watch is, with how it was judged', () => {
  const events = [
    pulled(ownEvent('start', { seq: 1, note: 'fanotify' }), { verdict: 'watch' }),
    pulled(watchEvent({ seq: 2 })),
    pulled(watchEvent({ seq: 3, kind: 'suppressed', of: 'read', count: 12 }), { verdict: null }),
    pulled(watchEvent({ seq: 4, path: 'a\nb\u001b[2J', exe: '/tmp/\u202ecat' })),
  ]
  const [, start, read, more, odd] = String(eventsResult(events).text).split('\n')
  assert.match(start ?? '', /^1 +host1 +watch +start +watch +fanotify +2026-01-01T00:00:00Z$/)
  assert.match(
    read ?? '',
    / read +foreign +generations\/1\/vault-password by \/usr\/bin\/cat, uid 0, pid 7 +2026-01-01T00:00:00Z$/,
  )
  assert.match(more ?? '', / 12 more: read +- /)
  assert.match(odd ?? '', / a b\\u001b\[2J by \/tmp\/\\u202ecat, uid 0, pid 7 /)
})

test('of what was pulled what lockstep did itself is counted, and listed on request', () => {
  const all = [1, 2, 3].map((seq) => pulled(watchEvent({ seq }), { verdict: seq === 2 ? 'foreign' : 'ours' }))
  const said = (events: readonly PulledEvent[]): readonly string[] =>
    String(pullResult({ environment: 'production', events, asked: 1, problems: [], notes: [] }).text).split('\n')
  const [, only, last] = said(all)
  assert.match(only ?? '', /^2 +host1 .* foreign /)
  assert.equal(last, 'production  3 new events from 1 of 1 host; 2 not shown: lockstep log events --last 3')
  assert.deepEqual(said([pulled(watchEvent({ seq: 1 }), { verdict: 'ours' })]), [
    'production  1 new event from 1 of 1 host; 1 not shown: lockstep log events --last 1',
  ])
  assert.equal(said(all.slice(1, 2)).at(-1), 'production  1 new event from 1 of 1 host')
})
