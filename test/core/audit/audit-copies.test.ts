import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditAround } from '../../../src/core/audit/audit-around.ts'
import type { PlaceFacts } from '../../../src/core/audit/audit-facts.ts'
import type { CopyFacts } from '../../../src/core/audit/copy-facts.ts'
import { auditFacts, auditInput } from '../../support/audit.ts'

const key = '/root/aside/generations/4/vault-password'

const copy = (given: Partial<CopyFacts> = {}): CopyFacts => ({
  path: '/root/aside',
  mode: 0o700,
  modes: 0o600,
  project: 'shop',
  environment: 'production',
  host: 'host1',
  keys: [],
  parts: ['generations', 'host.json'],
  whole: true,
  ...given,
})

const audit = (given: Partial<CopyFacts>, places: readonly PlaceFacts[] = []): readonly string[] =>
  auditAround(auditInput({ audit: auditFacts({ copies: [copy(given)], places }) }))
    .filter(({ id }) => !['ROOT-KEYS', 'NOT-SOUGHT'].includes(id))
    .map(({ id, path, message, fix }) => `${id} ${path}: ${message} | ${fix}`)

const ids = (given: Partial<CopyFacts>): readonly string[] => audit(given).map((line) => line.split(' ')[0] ?? '')

test('a copy is told by what is in it, and its fix takes all of it', () => {
  assert.deepEqual(audit({}), [
    'COPY-BESIDE /root/aside: a copy of /opt/shop, by what is in it | look at it; rm -r /root/aside',
  ])
  assert.match(
    audit({ whole: false })[0] ?? '',
    /\| look at it; rm -r \/root\/aside\/generations \/root\/aside\/host.json$/,
  )
  assert.match(audit({ host: 'host2' })[0] ?? '', /a copy of \/opt\/shop of host2,/)
})

test('others can read it', () => {
  assert.deepEqual(ids({ mode: 0o755 }), ['BACKUP-READABLE'])
  assert.deepEqual(ids({ modes: 0o640 }), ['BACKUP-READABLE'])
  assert.deepEqual(ids({ mode: 0o755, whole: false }), ['COPY-BESIDE'], 'a home that has more in it')
})

test('a password in it opens it, whether the host still has that password or not, and is told once', () => {
  const told =
    `KEY-COPY ${key}: a scope password, in a copy that it opens: /root/aside | ` +
    'look at it; rm -r /root/aside (on host1); then lockstep set what was in it, and lockstep deploy'
  const place = { kind: 'file', mode: 0o600, uid: 0, size: 1, changed: 0 } as const
  const held: PlaceFacts = { ...place, surface: 'home', path: key, held: [-1] }
  const named: PlaceFacts = { ...place, surface: 'copy', path: '/root/aside', kind: 'directory', held: [] }
  for (const places of [[], [held, named]])
    assert.deepEqual(
      audit({ keys: [key] }, places).filter((line) => line.startsWith('KEY-COPY')),
      [told],
    )
  assert.equal(audit({ keys: [key] }, [held, named]).length, 2)
})

test('another project’s or environment’s directory is its own', () => {
  assert.deepEqual(ids({ project: 'other' }), [])
  assert.deepEqual(ids({ environment: 'staging' }), [])
  assert.deepEqual(ids({ environment: null, host: null }), ['COPY-BESIDE'])
})
