import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fetchEvents } from '../../../src/app/watch/fetch-events.ts'
import { markSeen, seenEvents } from '../../../src/app/watch/seen-events.ts'
import type { HostChannel, Operation } from '../../../src/core/fleet/fleet.ts'
import { portsIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'
import { watchEvent } from '../../support/watch.ts'

test('what somebody has looked at is kept for each host, and a file that says nothing says nothing', async (t) => {
  const root = temporary(t, {})
  const at = { state: join(root, '.lockstep'), environment: 'production' }
  const ports = portsIn(root)
  assert.deepEqual(await seenEvents(ports, at), {})
  await markSeen(ports, at, { host1: { seq: 3, id: 'a' } })
  await markSeen(ports, at, { host2: { seq: 5, id: 'b' } })
  const path = join(at.state, 'watch-production.json')
  assert.deepEqual(await seenEvents(ports, at), { host1: { seq: 3, id: 'a' }, host2: { seq: 5, id: 'b' } })
  assert.equal(statSync(path).mode & 0o777, 0o600)
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
    return { events: left.slice(0, page), more: left.length > page, first: 1, last, id: 'a' }
  },
})

test('events are fetched page after page, and the machine is named once', async () => {
  const asked: Operation[] = []
  const found = await fetchEvents(channel(25, 10, asked), '/opt/shop', { seq: 2, id: 'a' })
  assert.deepEqual(
    [found.events.length, found.events[0]?.seq, found.events.at(-1)?.seq, found.more],
    [23, 3, 25, false],
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
  assert.deepEqual([found.events.length, found.more], [30, true])
  const odd = { ...channel(1, 1), call: async () => ({ events: [{ seq: 'one' }], more: false }) }
  await refusal('TAMPERED', fetchEvents(odd, '/opt/shop', { seq: 0, id: '' }))
})
