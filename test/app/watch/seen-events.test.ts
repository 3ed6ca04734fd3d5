import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { statePath } from '../../../src/app/project/state-path.ts'
import { fetchEvents, withTheRest } from '../../../src/app/watch/fetch-events.ts'
import { markSeen, seenEvents } from '../../../src/app/watch/seen-events.ts'
import type { HostChannel, Operation } from '../../../src/core/fleet/fleet.ts'
import { portsIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'
import { watchEvent } from '../../support/watch.ts'

test('what somebody has looked at is kept for each host, and a file that says nothing says nothing', async (t) => {
  const root = temporary(t, { '.lockstep/watch-production.json': '{"host1":{"seq":9,"id":"a"}}' })
  const at = { root, environment: 'production' }
  const ports = portsIn(root)
  assert.deepEqual(await seenEvents(ports, at), {})
  await Promise.all([
    markSeen(ports, at, { host1: { seq: 3, id: 'a' } }),
    markSeen(ports, at, { host2: { seq: 5, id: 'b' } }),
  ])
  assert.deepEqual(await seenEvents(ports, at), { host1: { seq: 3, id: 'a' }, host2: { seq: 5, id: 'b' } })
  assert.deepEqual(await seenEvents(ports, { root, environment: 'staging' }), {})
  assert.deepEqual(readdirSync(join(root, '.lockstep')), ['watch-production.json'])
  const path = statePath(ports, 'watch', at)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  chmodSync(path, 0o622)
  await refusal('UNSAFE', seenEvents(ports, at))
  await refusal('UNSAFE', markSeen(ports, at, {}))
  chmodSync(path, 0o600)
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, 20))
  assert.deepEqual(await seenEvents(ports, at), {})
})

/** A host that has so many events and hands out `page` of them at once. */
const channel = (count: number, page: number, asked: Operation[] = []): HostChannel => ({
  name: 'host1',
  batch: ['host1'],
  check: false,
  call: async (operation) => {
    asked.push(operation)
    const since = Number(operation['since'])
    const left = Array.from({ length: count - since }, (_one, index) => watchEvent({ seq: since + index + 1 }))
    const last = { seq: count, at: 0 }
    const before = since === 0 ? null : watchEvent({ seq: since })
    return { events: left.slice(0, page), before, more: left.length > page, first: 1, last, id: 'a' }
  },
})

test('events are fetched page after page, and the machine is named once', async () => {
  const asked: Operation[] = []
  const found = await fetchEvents(channel(25, 10, asked), '/opt/shop', { seq: 2, id: 'a' })
  assert.deepEqual(
    [found.before?.seq, found.events.length, found.events[0]?.seq, found.events.at(-1)?.seq, found.more],
    [2, 23, 3, 25, false],
  )
  assert.deepEqual(
    asked.map(({ since, id }) => [since, id]),
    [
      [2, 'a'],
      [12, ''],
      [22, ''],
    ],
  )
})

test('a host that never ends, or answers something else, is not followed', async () => {
  const found = await fetchEvents(channel(1000, 1), '/opt/shop', { seq: 0, id: '' })
  assert.deepEqual([found.events.length, found.more], [8, true])
  const odd = { ...channel(1, 1), call: async () => ({ events: [{ seq: 'one' }], more: false }) }
  await refusal('TAMPERED', fetchEvents(odd, '/opt/shop', { seq: 0, id: '' }))
})

test('of what a host had no room for, the rest is asked; one that said all is left alone', async () => {
  const asked: Operation[] = []
  const host = channel(25, 10, asked)
  const part = {
    events: [watchEvent({ seq: 3 }), watchEvent({ seq: 4 })],
    before: watchEvent({ seq: 2 }),
    first: 1,
    last: { seq: 4, at: 0 },
    id: 'a',
  }
  const { events, before, more, first, last } = await withTheRest(host, '/opt/shop', { ...part, more: true })
  assert.deepEqual(
    events.map(({ seq }) => seq),
    Array.from({ length: 23 }, (_one, index) => index + 3),
  )
  assert.deepEqual([before?.seq, more, first, last?.seq], [2, false, 1, 25])
  assert.deepEqual(
    asked.map(({ since, id }) => [since, id]),
    [
      [4, 'a'],
      [14, ''],
      [24, ''],
    ],
  )
  assert.deepEqual((await withTheRest(host, '/opt/shop', { ...part, more: false })).events, part.events)
  assert.deepEqual((await withTheRest(host, '/opt/shop', { ...part, events: [], more: true })).events, [])
  assert.equal(asked.length, 3)
})
