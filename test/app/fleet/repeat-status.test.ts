import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusReport } from '../../support/status-report.ts'
import { repeatStatus } from '../../../src/app/fleet/repeat-status.ts'
import type { Code } from '../../../src/core/errors.ts'
import { fail } from '../../../src/core/errors.ts'
import { statusChanges } from '../../../src/core/fleet/status-changes.ts'
import type { HostStatus, StatusReport } from '../../../src/core/fleet/status-report.ts'
import { refusal } from '../../support/refusal.ts'

const host = (name: string, state: HostStatus['state'], container: 'ready' | 'degraded' | null = null): HostStatus => ({
  host: name,
  rung: 'host',
  state,
  generation: state === 'unreachable' ? null : 3,
  next: null,
  reason: null,
  containers:
    container === null ? [] : [{ container: 'api', runs: 3, proof: 'reported', state: container, note: null }],
  problem: null,
  watch: null,
})

const report = (...hosts: readonly HostStatus[]): StatusReport => statusReport({ hosts })

test('what changes between two looks', () => {
  const first = report(host('a', 'in step', 'ready'), host('b', 'in step'))
  assert.deepEqual(statusChanges(null, first), ['a: in step, generation 3', 'a api: ready', 'b: in step, generation 3'])
  assert.deepEqual(statusChanges(first, first), [])
  assert.deepEqual(statusChanges(first, report(host('a', 'in step', 'degraded'))), [
    'a api: ready → degraded',
    'b: not there any more',
  ])
  assert.deepEqual(statusChanges(first, report(host('a', 'unreachable'), host('b', 'in step'))), [
    'a: in step, generation 3 → unreachable',
    'a api: not there any more',
  ])
})

type Look = StatusReport | Code

/** Looks of which the last one comes with the signal. */
const watching = async (looks: readonly Look[]): Promise<{ said: string[]; last: StatusReport | null }> => {
  const stop = new AbortController()
  const said: string[] = []
  const left = [...looks]
  const look = async (): Promise<StatusReport> => {
    const next = left.shift() ?? assert.fail('one look too many')
    if (left.length === 0) stop.abort(15)
    if (typeof next === 'string') throw fail(next, 'no')
    return next
  }
  const clock = { now: () => 0, sleep: async (ms: number) => assert.equal(ms, 60_000) }
  const line = (text: string): void => void said.push(text)
  return { last: await repeatStatus({ clock }, { seconds: 60, signal: stop.signal, look, line }), said }
}

test('looks until a signal comes, says only what changes, and goes on where a look could not be had', async () => {
  const [good, bad] = [report(host('a', 'in step')), report(host('a', 'behind'))]
  const { said, last } = await watching([good, good, 'UNAVAILABLE', bad, bad])
  assert.deepEqual(said, [
    '1970-01-01T00:00:00Z  a: in step, generation 3',
    '1970-01-01T00:00:00Z  no look could be had: no',
    '1970-01-01T00:00:00Z  a: in step, generation 3 → behind, generation 3',
  ])
  assert.equal(last, bad)
})

test('a watch that ended, or is another one than at the last look, is said', async () => {
  const runs = { state: 'runs', via: 'fanotify', since: '2026-01-01T00:00:00Z', seq: 1 } as const
  const later = { ...runs, since: '2026-01-01T00:01:00Z' }
  const stopped = { ...runs, state: 'stopped', since: null } as const
  const looks = [runs, { ...runs, seq: 5 }, stopped, later].map((watch) => report({ ...host('a', 'in step'), watch }))
  const { said } = await watching(looks)
  assert.deepEqual(
    said.slice(1).map((line) => line.slice(22)),
    [
      'the watch of a: runs since 2026-01-01T00:00:00Z',
      'the watch of a: runs since 2026-01-01T00:00:00Z → does not run',
      'the watch of a: does not run → runs since 2026-01-01T00:01:00Z',
    ],
  )
})

test('a signal in the middle of a look ends it with what was seen before', async () => {
  const good = report(host('a', 'in step'))
  assert.equal((await watching([good, 'UNAVAILABLE'])).last, good)
  assert.equal((await watching(['UNAVAILABLE'])).last, null)
})

test('what waiting does not mend ends it', async () => {
  const good = report(host('a', 'in step'))
  await refusal('CONFIG', watching([good, 'CONFIG', good]))
})
