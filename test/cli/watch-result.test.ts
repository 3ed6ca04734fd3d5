import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostEvents, JudgedEvent } from '../../src/app/watch/fleet-events.ts'
import { eventLines, newestOf, watchResult } from '../../src/cli/watch-result.ts'
import { ownEvent, watchContainer, watchEvent } from '../support/watch.ts'

const host = (events: readonly JudgedEvent[], given: Partial<HostEvents> = {}): HostEvents => ({
  host: 'host1',
  events,
  last: events.at(-1)?.seq ?? null,
  missing: [],
  more: false,
  problem: null,
  ...given,
})

const report = (hosts: readonly HostEvents[]) => ({
  environment: 'production',
  hosts,
  foreign: hosts.flatMap(({ events }) => events).filter(({ verdict }) => verdict === 'foreign').length,
})

const shown = { seen: false, all: false, isPart: false, again: { hosts: undefined, rest: [] } }
const read: JudgedEvent = { ...watchEvent({ seq: 4 }), verdict: 'foreign' }
const start: JudgedEvent = { ...ownEvent('start', { seq: 3, note: 'fanotify' }), verdict: 'watch' }
const lost = { code: 'UNAVAILABLE', message: 'cannot be reached', hint: null } as const

test('what is foreign ends it with UNSAFE, unless somebody has just looked at it; a host that is missed with PARTIAL', () => {
  assert.equal(watchResult(report([host([start])]), shown).exit, undefined)
  assert.equal(watchResult(report([host([start, read])]), shown).exit, 'UNSAFE')
  assert.equal(watchResult(report([host([start, read])]), { ...shown, seen: true }).exit, undefined)
  const missed = host([], { host: 'host2', problem: lost })
  assert.equal(watchResult(report([host([start]), missed]), shown).exit, 'PARTIAL')
  assert.equal(watchResult(report([host([read]), missed]), shown).exit, 'UNSAFE')
})

test('what is missing has its line, ends it with UNSAFE, and is marked with the rest', () => {
  const found = report([host([start], { missing: ['numbers 1 to 2 are gone'] }), host([], { host: 'host2' })])
  const result = watchResult(found, shown)
  assert.deepEqual([result.exit, result.next], ['UNSAFE', 'lockstep watch --seen'])
  assert.match(String(result.text), /^production {2}1 event, 0 foreign, 1 gap$/m)
  assert.match(String(result.text), /^missing {2}host1: numbers 1 to 2 are gone$/m)
  assert.ok(eventLines(found, false).includes('missing  host1: numbers 1 to 2 are gone'))
  const marked = watchResult(found, { ...shown, seen: true })
  assert.deepEqual([marked.exit, marked.next], [undefined, undefined])
  assert.match(String(marked.text), /^note: seen by you, from this clone: .*control host/m)
  const plain = String(watchResult(report([host([start])]), { ...shown, seen: true }).text)
  assert.doesNotMatch(plain, /seen by you/)
})

test('the next command is for the same hosts, and marks nothing that was not shown', () => {
  const again = { hosts: 'host1,web*', rest: ['-J', 'bastion'] }
  const next = (isPart: boolean): unknown => watchResult(report([host([read])]), { ...shown, isPart, again }).next
  assert.equal(next(false), "lockstep watch --seen --hosts 'host1,web*' -- -J bastion")
  assert.equal(next(true), "lockstep watch --hosts 'host1,web*' -- -J bastion")
})

test('each event has its line: who, or as much of it as is known', () => {
  const events: readonly JudgedEvent[] = [
    start,
    read,
    { ...read, seq: 5, exe: null, comm: 'chmod', kind: 'attributes' },
    { ...read, seq: 6, exe: null, comm: null, uid: null, kind: 'suppressed', of: 'read', count: 12 },
    { ...read, seq: 7, verdict: 'expected', container: watchContainer() },
  ]
  const { text } = watchResult(report([host(events)]), shown)
  const lines = String(text).split('\n')
  assert.equal(lines[0], 'production  5 events, 3 foreign')
  assert.match(lines[2] ?? '', / 3 +2026-01-01T00:00:00Z +watch +start +- +fanotify$/)
  assert.match(lines[3] ?? '', / foreign +read +generations\/1\/vault-password +\/usr\/bin\/cat, uid 0, pid 7$/)
  assert.match(lines[4] ?? '', / attributes .* chmod \(had ended\), uid 0, pid 7$/)
  assert.match(lines[5] ?? '', / 12 more: read .* a program that had ended, uid unknown, pid 7$/)
  assert.match(lines[6] ?? '', / expected .* in container api, pid 7$/)
})

test('what a host calls things cannot break or turn a line', () => {
  const odd = { ...read, path: 'a\nb\u001b[2J', exe: '/tmp/\u202ecat', kind: 'read\r', comm: 'x' }
  for (const line of [
    String(watchResult(report([host([odd])]), shown).text),
    ...eventLines(report([host([odd])]), true),
  ]) {
    assert.doesNotMatch(line.replaceAll('\n', ''), /[\p{Cc}\u202e]/u)
    assert.ok(line.split('\n').length <= 3)
  }
})

test('one who waits goes on from the newest of each host, shown or not', () => {
  const hosts = [host([start, read]), host([], { host: 'host2', last: 9 }), host([], { host: 'host3' })]
  assert.deepEqual(newestOf(report(hosts)), { host1: 4, host2: 9 })
})

test('what lockstep did itself is shown to those who ask, and counted for all', () => {
  const found = report([host([start, { ...read, verdict: 'ours', ours: true }])])
  const few = String(watchResult(found, shown).text)
  assert.match(few, /^production {2}2 events, 0 foreign; 1 of our own not shown: --all$/m)
  assert.doesNotMatch(few, /vault-password/)
  assert.match(String(watchResult(found, { ...shown, all: true }).text), /^production {2}2 events, 0 foreign$/m)
  assert.equal(eventLines(found, false).length, 1)
  assert.equal(eventLines(found, true).length, 2)
})
