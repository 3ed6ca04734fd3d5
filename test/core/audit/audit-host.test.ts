import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditHost } from '../../../src/core/audit/audit-host.ts'
import type { HostFacts, PathFacts } from '../../../src/core/fleet/host-facts.ts'
import type { Ledger } from '../../../src/core/fleet/ledger.ts'
import { container, containerFacts, hostFacts } from '../../support/container.ts'

const ledger: Ledger = { format: 1, project: 'shop', environment: 'production', revision: 0, hosts: {}, deliveries: [] }
const identity = { project: 'shop', environment: 'production', host: 'host1', id: 'f0' }
const path = (text: string, given: Partial<PathFacts> = {}): PathFacts => ({
  path: text,
  kind: 'file',
  mode: 0o600,
  uid: 0,
  gid: 0,
  links: 1,
  ...given,
})

/** Findings besides the one that is always there: id and path. */
const audit = (facts: Partial<HostFacts>, uid: number | null = null): readonly string[] =>
  auditHost({
    desired: {
      host: 'host1',
      directory: '/opt/shop',
      rung: 'host',
      scopes: [
        { scope: 'host', uid: null, groups: ['aws'], secrets: [] },
        { scope: 'container/api', uid, groups: ['aws'], secrets: [] },
      ],
      containers: [container({ uid })],
    },
    facts: hostFacts({ identity, current: 7, ...facts }),
    ledger,
  }).map((one) => `${one.id} ${one.path ?? ''}`)

const link = path('vault-password', { kind: 'link', mode: 0o777 })
const directory = { kind: 'directory', mode: 0o700 }

test('each place has its owner, mode and kind', () => {
  const scope = 'generations/7/containers/api/secrets/aws.env'
  const cases: readonly (readonly [PathFacts, string])[] = [
    [path(scope, { uid: 1000 }), ''],
    [path(scope), 'NON-ROOT-OWNER'],
    [path(scope.replace('7', '6')), ''],
    [path(scope.replace('api', 'gone'), { uid: 5 }), ''],
    [path('live', directory), ''],
    [path('live/api', { ...directory, uid: 1000 }), ''],
    [path('live/api', directory), 'NON-ROOT-OWNER'],
    [path('live/api/7', { ...directory, uid: 1000 }), ''],
    [path('live/api/7/secrets', { ...directory, uid: 1000, mode: 0o750 }), 'WRONG-MODE'],
    [path('live/api/7/secrets/aws.env', { uid: 1000, mode: 0o644 }), 'WORLD-READABLE'],
    [path('live/api/current', { kind: 'link', mode: 0o777 }), ''],
    [path('live/api/current'), 'WRONG-KIND'],
    [path('live/api.json'), ''],
    [path('live/api/notes'), 'UNKNOWN-FILE'],
    [path('before/worker.json'), ''],
    [path('before/worker.txt'), 'UNKNOWN-FILE'],
    [path('compose/worker.yaml'), ''],
    [path('bin/lockstep', { mode: 0o755 }), ''],
  ]
  for (const [found, id] of cases) {
    assert.deepEqual(
      audit({ paths: [link, found] }, 1000).map((one) => one.split(' ')[0]),
      id === '' ? [] : [id],
      found.path,
    )
  }
})

test('a password that was only unlinked remains, in live directories too', () => {
  const copies = ['generations/7/vault-password', 'live/api/7/vault-password']
  assert.deepEqual(
    audit({ paths: copies.map((one) => path(one)) }),
    copies.map((one) => `KEY-REMAINS /opt/shop/${one}`),
  )
})

test('a container that is no longer declared is named', () => {
  const { labels } = containerFacts()
  const gone = containerFacts({ name: 'shop-gone', labels: { ...labels, 'lockstep.container': 'gone' } })
  const other = containerFacts({ name: 'x', labels: { ...gone.labels, 'lockstep.project': 'other' } })
  const engine = { program: '/usr/bin/docker', version: '20', containers: [containerFacts(), gone, other] }
  assert.deepEqual(audit({ engine }), ['NOT-DECLARED shop-gone'])
})

/** What the audit says to type, for one path that a host says it has. */
const fixes = (found: PathFacts): readonly string[] =>
  auditHost({
    desired: { host: 'host1', directory: '/opt/shop', rung: 'host', scopes: [], containers: [] },
    facts: hostFacts({ identity, current: 7, directory: '/etc', paths: [link, found] }),
    ledger,
  })
    .filter((one) => one.path !== null)
    .map((one) => one.fix)

test('a path in a command is one word, whatever a host calls its files', () => {
  const cases: readonly (readonly [PathFacts, readonly string[]])[] = [
    [path('a b; rm -rf ~'), ["look at it; rm '/opt/shop/a b; rm -rf ~'"]],
    [
      path('$(reboot).env', { mode: 0o644 }),
      ["rm '/opt/shop/$(reboot).env'", "look at it; rm '/opt/shop/$(reboot).env'"],
    ],
    [path("it's\n\u202ex"), ["look at it; rm $'/opt/shop/it\\x27s\\x0a\\xe2\\x80\\xaex'"]],
    [path('x;y/vault-password'), ["rm '/opt/shop/x;y/vault-password'"]],
    [path('bin/a b', { uid: 5 }), ["chown 0 '/opt/shop/bin/a b'", "chmod 755 '/opt/shop/bin/a b'"]],
    [path('../../etc/passwd', { mode: 0o644 }), ['find out what answers on host1']],
    [path('/etc/passwd'), ['find out what answers on host1']],
    [path('bin/../../x'), ['find out what answers on host1']],
    [path('bin//x'), ['find out what answers on host1']],
    [path(''), ['find out what answers on host1']],
  ]
  for (const [found, expected] of cases) assert.deepEqual(fixes(found), expected, found.path)
})

test('the rest of what a host says is visible and short', () => {
  const kind = `${'x'.repeat(500)}\u001b`
  const containers = [
    containerFacts({
      name: '-v; reboot',
      labels: { ...containerFacts().labels, 'lockstep.container': 'x', 'lockstep.generation': '7\nhost2 fine' },
    }),
  ]
  const found = auditHost({
    desired: { host: 'host1', directory: '/opt/shop', rung: 'host', scopes: [], containers: [] },
    facts: hostFacts({
      identity,
      paths: [link, path('host.json', { kind })],
      engine: { program: '/usr/bin/docker', version: '1', containers },
      scopes: { 'host\n': { manifest: null, wrong: [`MISSING ${'y'.repeat(900)}\u202e`] } },
    }),
    ledger,
  })
  assert.deepEqual(
    found.map((one) => one.id).filter((id) => id !== 'KEY-BESIDE'),
    ['WRONG-KIND', 'NOT-WHOLE', 'NOT-DECLARED'],
  )
  for (const { message, fix } of found) {
    assert.doesNotMatch(message + fix, /[\p{C}\u2028\u2029]/u)
    assert.ok(message.length < 400)
  }
  assert.equal(found.at(-1)?.fix, "docker rm -f 'v; reboot' on host1, or declare it again")
})

test('a machine without an id is a new host, or stands in the place of one that was set up', () => {
  const used = { number: 1, id: 'one', revision: 1, at: '2025-11-22T15:00:00Z', state: 'used' as const, secrets: {} }
  const rows: readonly (readonly [typeof ledger.hosts, string, RegExp])[] = [
    [{}, 'NOT-SET-UP', /^lockstep setup --hosts host1$/],
    [{ host1: { id: 'f0', current: null, generations: [] } }, 'NOT-SET-UP', /^lockstep setup --hosts host1$/],
    [{ host1: { id: 'f0', current: 1, generations: [used] } }, 'WRONG-HOST', /yourself: lockstep setup --again host1$/],
  ]
  for (const [hosts, id, fix] of rows) {
    const found = auditHost({
      desired: { host: 'host1', directory: '/opt/shop', rung: 'host', scopes: [], containers: [] },
      facts: hostFacts({ identity: null }),
      ledger: { ...ledger, hosts },
    }).filter((one) => /NOT-SET-UP|WRONG-HOST/.test(one.id))
    assert.deepEqual(
      found.map((one) => one.id),
      [id],
    )
    assert.match(found[0]?.fix ?? '', fix)
  }
})
