import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WatchEvent } from '../../../src/core/watch/event.ts'
import type { Verdict } from '../../../src/core/watch/judge.ts'
import { judge } from '../../../src/core/watch/judge.ts'
import { ownEvent, watchContainer, watchEvent } from '../../support/watch.ts'

const meant = {
  project: 'shop',
  environment: 'production',
  containers: [
    { name: 'api', unit: null },
    { name: 'report', unit: 'report.service' },
  ],
}

const scope = 'generations/3/containers/api/secrets/aws.env'
const inApi = { container: watchContainer(), path: scope }
const inReport = { unit: 'report.service', path: 'live/report/2/secrets/aws.env' }

const rows: readonly (readonly [string, Verdict, Partial<WatchEvent>])[] = [
  ['root with cat', 'foreign', {}],
  ['a call of ours', 'ours', { ours: true }],
  ['a change by a call of ours', 'ours', { ours: true, kind: 'delete' }],
  ['a declared container, its own scope', 'expected', inApi],
  ['the same, its live directory', 'expected', { ...inApi, path: 'live/api/2/vault-password' }],
  ['more reads of the same', 'expected', { ...inApi, kind: 'suppressed', of: 'read', count: 3 }],
  ['a declared container, another scope', 'foreign', { ...inApi, path: scope.replace('api', 'other') }],
  ['a declared container, the host’s own', 'foreign', { ...inApi, path: 'generations/3/secrets/aws.env' }],
  ['a scope whose name only begins alike', 'foreign', { ...inApi, path: scope.replace('api', 'api2') }],
  ['a declared container that writes', 'foreign', { ...inApi, kind: 'write' }],
  ['more writes of the same', 'foreign', { ...inApi, kind: 'suppressed', of: 'write', count: 3 }],
  ['a container without labels', 'foreign', { path: scope, container: watchContainer({ container: null }) }],
  ['of another project', 'foreign', { path: scope, container: watchContainer({ project: 'other' }) }],
  ['of another environment', 'foreign', { path: scope, container: watchContainer({ environment: 'staging' }) }],
  [
    'one that nobody declared, its own scope',
    'foreign',
    {
      path: scope.replace('api', 'gone'),
      container: watchContainer({ container: 'gone' }),
    },
  ],
  ['a declared unit, its own scope', 'expected', inReport],
  ['a declared unit, another scope', 'foreign', { ...inReport, path: scope }],
  ['another unit', 'foreign', { ...inReport, unit: 'backup.service' }],
  ['a container within a declared unit', 'foreign', { ...inReport, container: watchContainer() }],
  ['nobody knows who', 'foreign', { exe: null, comm: null, uid: null, path: scope }],
  ['a kind that is not there yet', 'foreign', { ...inApi, kind: 'mapped' }],
]

for (const [name, verdict, given] of rows) {
  test(`${name}: ${verdict}`, () => assert.equal(judge(watchEvent(given), meant), verdict))
}

test('what the watch says of itself is nobody’s deed', () => {
  for (const kind of ['start', 'stop', 'overflow']) assert.equal(judge(ownEvent(kind), meant), 'watch')
})
