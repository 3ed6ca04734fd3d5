import type { WatchContainer, WatchEvent } from '../../src/core/watch/event.ts'
import type { RunningWatch, WatchFacts } from '../../src/core/watch/watch-facts.ts'

/** A read of the host's own password by root with cat. */
export const watchEvent = (given: Partial<WatchEvent> = {}): WatchEvent => ({
  seq: 1,
  at: Date.parse('2026-01-01T00:00:00Z'),
  boot: 'b0',
  kind: 'read',
  path: 'generations/1/vault-password',
  pid: 7,
  uid: 0,
  gid: 0,
  exe: '/usr/bin/cat',
  comm: 'cat',
  parent: '/usr/bin/bash',
  unit: null,
  container: null,
  ours: false,
  of: null,
  count: null,
  note: null,
  ...given,
})

/** An event of the watch itself. */
export const ownEvent = (kind: string, given: Partial<WatchEvent> = {}): WatchEvent =>
  watchEvent({ kind, path: null, uid: null, gid: null, exe: null, comm: null, parent: null, ...given })

/** The container `api` of the project shop. */
export const watchContainer = (given: Partial<WatchContainer> = {}): WatchContainer => ({
  id: 'c0'.repeat(32),
  project: 'shop',
  environment: 'production',
  container: 'api',
  ...given,
})

export const runningWatch = (given: Partial<RunningWatch> = {}): RunningWatch => ({
  pid: 5,
  via: 'fanotify',
  asks: true,
  since: Date.parse('2026-01-01T00:00:00Z'),
  seq: 9,
  boot: 'b0',
  sha256: 'a0',
  ...given,
})

/** A host without a watch, with cron. */
export const watchFacts = (given: Partial<WatchFacts> = {}): WatchFacts => ({
  interpreter: '/usr/bin/python3',
  init: 'cron',
  agent: null,
  starter: null,
  running: null,
  events: [],
  before: null,
  id: 'id-of-host1',
  more: false,
  first: null,
  last: null,
  ...given,
})
