import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlaceFacts } from '../../../src/core/audit/audit-facts.ts'
import { auditFiles } from '../../../src/core/audit/audit-files.ts'
import type { Surface } from '../../../src/core/audit/audit-places.ts'
import { auditFacts, auditInput } from '../../support/audit.ts'

const now = 1_800_000_000

const audit = (given: Partial<PlaceFacts>): readonly string[] => {
  const one: PlaceFacts = {
    surface: 'home',
    path: '/root/a b',
    kind: 'file',
    mode: 0o600,
    uid: 0,
    size: 10,
    changed: now - 7200,
    held: [],
    ...given,
  }
  const input = auditInput({ now, audit: auditFacts({ places: [one] }) })
  return auditFiles(input).map((found) => `${found.id} ${found.message} | ${found.fix}`)
}

const ids = (given: Partial<PlaceFacts>): readonly string[] => audit(given).map((line) => line.split(' ')[0] ?? '')

test('a value in a file is told by what kind of file it is', () => {
  const cases: readonly (readonly [Surface, string])[] = [
    ['unit', 'VALUE-IN-UNIT'],
    ['piece', 'VALUE-IN-UNIT'],
    ['cron', 'VALUE-IN-CRON'],
    ['compose', 'VALUE-IN-COMPOSE'],
    ['settings', 'VALUE-IN-SETTINGS'],
    ['history', 'VALUE-IN-HISTORY'],
    ['log', 'VALUE-IN-LOG'],
    ['temporary', 'VALUE-IN-FILE'],
    ['home', 'VALUE-IN-FILE'],
  ]
  for (const [surface, id] of cases) {
    assert.deepEqual(ids({ surface, held: [0] }), [id], surface)
    assert.deepEqual(ids({ surface, held: [-1] }), ['KEY-COPY'], surface)
    assert.deepEqual(ids({ surface }), [], surface)
  }
  assert.deepEqual(audit({ held: [0] }), [
    "VALUE-IN-FILE AWS_KEY: lies open in this file | rm '/root/a b' (on host1); then replace what was there: lockstep set AWS_KEY",
  ])
})

test('the password file of a clone is one thing, the password anywhere else another', () => {
  assert.deepEqual(ids({ held: [2] }), ['PROJECT-PASSWORD'])
  assert.deepEqual(ids({ path: '/srv/shop/.vault-password', held: [2] }), ['CLONE'])
  assert.deepEqual(ids({ path: '/srv/shop/.vault-password', held: [2, 0] }), ['VALUE-IN-FILE', 'CLONE'])
})

test('what root runs for us is root’s alone', () => {
  const path = '/etc/cron.d/lockstep-shop'
  const cases: readonly (readonly [Partial<PlaceFacts>, readonly string[]])[] = [
    [{ mode: 0o644 }, []],
    [{ mode: 0o664 }, ['PIECE-WRITABLE']],
    [{ mode: 0o646 }, ['PIECE-WRITABLE']],
    [{ mode: 0o644, uid: 1000 }, ['PIECE-WRITABLE']],
    [{ mode: 0o666, uid: 1000 }, ['PIECE-WRITABLE', 'PIECE-WRITABLE']],
    [{ kind: 'directory', mode: 0o775 }, ['PIECE-WRITABLE']],
    [{ kind: 'link', mode: 0o777 }, []],
  ]
  for (const [given, expected] of cases) {
    assert.deepEqual(ids({ surface: 'piece', path, ...given }), expected, JSON.stringify(given))
  }
})

test('leftovers of Ansible, unless they may be of a play that runs', () => {
  const path = '/root/.ansible/tmp/ansible-tmp-1/AnsiballZ_copy.py'
  assert.deepEqual(ids({ surface: 'ansible', path }), ['ANSIBLE-LEFT'])
  assert.deepEqual(ids({ surface: 'ansible', path, changed: now - 60 }), [])
  assert.deepEqual(ids({ surface: 'ansible', path, size: 0 }), [])
})

test('copies of our directory, by their names', () => {
  const cases: readonly (readonly [string, Partial<PlaceFacts>, readonly string[]])[] = [
    ['/opt/shop.bak', { kind: 'directory', mode: 0o700 }, ['COPY-BESIDE']],
    ['/opt/shop.bak', { kind: 'directory', mode: 0o750 }, ['BACKUP-READABLE']],
    ['/var/backups/shop-2026.tar.gz', { mode: 0o600 }, ['COPY-BESIDE']],
    ['/var/backups/shop-2026.tar.gz', { mode: 0o640 }, ['BACKUP-READABLE']],
    ['/var/backups/shop-2026.tar.gz', { mode: 0o604 }, ['BACKUP-READABLE']],
    ['/opt/shop~', { mode: 0o600 }, ['COPY-BESIDE']],
    ['/home/mallory/shop.bak1', { mode: 0o644, size: 0 }, []],
    ['/opt/shop.bak', { kind: 'link', mode: 0o777 }, []],
    ['/var/backups/dpkg.status.0', { mode: 0o644 }, []],
    ['/opt/shopping', { kind: 'directory', mode: 0o755 }, []],
  ]
  for (const [path, given, expected] of cases) {
    assert.deepEqual(ids({ surface: 'copy', path, ...given }), expected, `${path} ${JSON.stringify(given)}`)
  }
})

test('core dumps', () => {
  const path = '/var/crash/api.core'
  assert.deepEqual(ids({ surface: 'dump', path }), ['CORE-DUMP'])
  assert.deepEqual(ids({ surface: 'dump', path, size: 0 }), [])
  assert.deepEqual(ids({ surface: 'dump', path: '/core', kind: 'directory' }), [])
})
