import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditEngine } from '../../../src/core/audit/audit-engine.ts'
import type { EngineHoldings, SocketFacts } from '../../../src/core/audit/machine-facts.ts'
import { auditFacts, auditInput } from '../../support/audit.ts'
import { containerFacts } from '../../support/container.ts'

const audit = (given: Partial<EngineHoldings>, mounts: readonly string[] = []): readonly string[] => {
  const containers = [
    containerFacts({ mounts: mounts.map((source) => ({ source, destination: '/x' })) }),
    containerFacts({ name: 'other', mounts: [{ source: null, destination: '/data' }] }),
  ]
  const holdings = { containers: [], images: [], sockets: [], listens: [], ...given }
  const engine = { program: '/usr/bin/docker', version: '20', containers }
  return auditEngine(auditInput({ engine, audit: auditFacts({ engine: holdings }) })).map(
    (one) => `${one.id} ${one.path} ${one.message}`,
  )
}

test('a container or image that shows a value, said once and with where it comes from', () => {
  assert.deepEqual(audit({ containers: [{ name: 'web', held: { environment: [0], other: [0, 1], labels: [2] } }] }), [
    'VALUE-IN-CONTAINER web AWS_KEY: in the environment of the container web',
    'PROJECT-PASSWORD web the project password: in the labels of the container web',
    'VALUE-IN-CONTAINER web DB_KEY: in the inspection of the container web',
  ])
  assert.deepEqual(audit({ images: [{ name: 'shop/web:1', held: { history: [0], settings: [0, -1] } }] }), [
    'VALUE-IN-IMAGE shop/web:1 AWS_KEY: in the history of the image shop/web:1',
    'KEY-COPY shop/web:1 a scope password of this host: in the settings of the image shop/web:1',
  ])
  assert.deepEqual(audit({ containers: [{ name: 'web', held: { 'newer part': [0] } }] }), [])
  assert.deepEqual(audit({}), [])
})

test('who may give orders to the engine', () => {
  const socket = (given: Partial<SocketFacts>): readonly string[] => {
    const one = { path: '/run/docker.sock', mode: 0o660, uid: 0, group: 'docker', members: [], ...given }
    return audit({ sockets: [one] })
  }
  assert.deepEqual(socket({}), [])
  assert.deepEqual(socket({ members: ['ann', 'bob'] }), [
    'ENGINE-GROUP /run/docker.sock ann, bob: as good as root by the group docker',
  ])
  assert.deepEqual(socket({ members: ['ann'], mode: 0o600 }), [])
  for (const mode of [0o666, 0o662, 0o664]) {
    assert.match(socket({ mode, members: ['ann'] }).join(), /^ENGINE-OPEN [^,]*$/)
  }
})

test('addresses at which it asks for no certificate', () => {
  const listens = [
    { address: 'tcp://0.0.0.0:2375', asksCertificate: false },
    { address: 'tcp://0.0.0.0:2376', asksCertificate: true },
  ]
  assert.deepEqual(
    audit({ listens }).map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['ENGINE-OPEN tcp://0.0.0.0:2375'],
  )
})

test('a container that has the socket or what is above our directory', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['/var/run/docker.sock', true],
    ['/run/podman/podman.sock', true],
    ['/', true],
    ['/run', true],
    ['/opt', true],
    ['/opt/shop', true],
    ['/var/lib/docker', true],
    ['/opt/shop/generations/7/containers/api/secrets', false],
    ['/opt/shopping', false],
    ['/srv/data', false],
    ['/var/lib/docker/volumes/x/_data', false],
  ]
  for (const [source, isReach] of cases) assert.equal(audit({}, [source]).length, isReach ? 1 : 0, source)
  assert.match(audit({}, ['/opt', '/run']).join(), /^ENGINE-REACH shop-api has \/opt, \/run of the host/)
})
