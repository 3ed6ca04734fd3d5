import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PulledEvent } from '../../../src/core/log/event-view.ts'
import { newestPositions, parseView, printEvent, printPosition, sourceKey } from '../../../src/core/log/event-view.ts'
import type { WatchEvent } from '../../../src/core/watch/event.ts'

const watch: WatchEvent = {
  seq: 7,
  at: 1_700_000_000_123,
  boot: 'b',
  kind: 'read',
  path: 'vault-password',
  pid: 4,
  uid: 0,
  gid: 0,
  exe: '/bin/cat',
  comm: 'cat',
  parent: null,
  unit: null,
  container: { id: 'c', project: null, environment: null, container: null },
  ours: false,
  of: null,
  count: null,
  note: null,
}

const told = {
  event: 'degraded',
  stamp: '2026-11-22T10:00:00.000000001Z',
  time: null,
  scope: 'container/api',
  generation: 3,
  missing: ['API_KEY'],
  error: 'NOT_FOUND',
} as const

const events: readonly PulledEvent[] = [
  {
    n: 1,
    host: 'a',
    container: null,
    instance: 'watch-0',
    position: '7',
    kind: 'read',
    verdict: 'foreign',
    watch,
    told: null,
  },
  {
    n: 2,
    host: 'a',
    container: 'api',
    instance: 'c1',
    position: told.stamp,
    kind: 'degraded',
    verdict: null,
    watch: null,
    told,
  },
]

test('a view is read as it was written, and says how far each source was had', () => {
  const text = [
    ...events.map(printEvent),
    printPosition({ host: 'a', container: 'api', instance: 'c1' }, 'later'),
  ].join('')
  const view = parseView(text)
  assert.deepEqual(view.events, events)
  assert.equal(view.next, 3)
  assert.deepEqual(
    [...view.positions],
    [
      [sourceKey({ host: 'a', container: null, instance: 'watch-0' }), '7'],
      [sourceKey({ host: 'a', container: 'api', instance: 'c1' }), 'later'],
    ],
  )
})

test('of each host the newest positions are kept, and none is pushed out by another host', () => {
  const own = { host: 'a', container: 'api', instance: 'c1' }
  const watch = { host: 'b', container: null, instance: 'm1.0' }
  const many = Array.from({ length: 1001 }, (_, i) => ({ host: 'b', container: 'x', instance: `c${i}` }))
  const moved = [own, watch, ...many].map((one) => printPosition(one, '1')).join('')
  const kept = newestPositions(parseView(`${moved}${printPosition(many[0] ?? own, '2')}`).positions)
  assert.equal(kept.size, 1002)
  assert.deepEqual(
    [own, watch].map(sourceKey).filter((key) => !kept.has(key)),
    [],
  )
  assert.equal(kept.get(sourceKey(many[0] ?? own)), '2', 'it has moved since')
  assert.equal(kept.has(sourceKey(many[1] ?? own)), false)
})

test('a torn line of a view is none: what it said is pulled again', () => {
  const text = events.map(printEvent).join('')
  const first = printEvent(events[0] ?? assert.fail()).length
  for (let length = first; length < text.length - 1; length++) {
    const view = parseView(text.slice(0, length))
    assert.deepEqual(view.events, events.slice(0, 1))
    assert.equal(view.next, 2)
  }
  assert.deepEqual(parseView('').next, 1)
})
