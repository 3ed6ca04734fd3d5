import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { adoptionOf, type AdoptionInput } from '../../../src/core/containers/compose-adoption.ts'
import { composeOverride } from '../../../src/core/containers/compose-override.ts'
import { readComposeServices } from '../../../src/core/containers/compose-services.ts'
import { container, target } from '../../support/container.ts'
import { refusal } from '../../support/refusal.ts'

const compose = { kind: 'compose', file: '/srv/shop/compose.yaml', service: 'worker' } as const

test('the override binds one concrete generation, read-only, and carries the labels', () => {
  const override = composeOverride(container({ name: 'worker', runs: compose }), target)
  const scope = '/opt/shop/generations/7/containers/worker'
  const bind = { create_host_path: false }
  assert.deepEqual(override, {
    services: {
      worker: {
        labels: {
          'lockstep.project': 'shop',
          'lockstep.environment': 'production',
          'lockstep.container': 'worker',
          'lockstep.generation': '7',
          'lockstep.generation-id': 'abc',
          'lockstep.revision': '9',
          'lockstep.content': 'c0',
          'lockstep.digest': 'd0',
          'lockstep.spec': '5bec',
        },
        volumes: [
          { type: 'bind', source: `${scope}/vault-password`, target: '/app/vault-password', read_only: true, bind },
          { type: 'bind', source: `${scope}/secrets`, target: '/app/secrets', read_only: true, bind },
        ],
      },
    },
  })
})

test('how a service receives its values decides entrypoint, user and memory', () => {
  const words = ['/lockstep', 'run', '--verified', '--password-file', '/s/vault-password', '--directory', '/s/secrets']
  const cases = [
    { receive: 'mount', uid: null, user: undefined, entrypoint: undefined, tmpfs: undefined },
    { receive: 'mount', uid: 1000, user: '1000:1000', entrypoint: undefined, tmpfs: undefined },
    { receive: 'environment', uid: null, user: '0:0', entrypoint: words, tmpfs: undefined },
    { receive: 'environment', uid: 1000, user: '1000:1000', entrypoint: words, tmpfs: undefined },
    {
      receive: 'files',
      uid: 1000,
      user: '1000:1000',
      entrypoint: [...words, '--files', '/run/secrets'],
      tmpfs: ['/run/secrets:mode=0700,uid=1000,gid=1000'],
    },
  ] as const
  for (const { receive, uid, user, entrypoint, tmpfs } of cases) {
    const override = composeOverride(container({ runs: compose, receive, uid, mount: '/s' }), target)
    const { worker } = parse(JSON.stringify(override)).services
    assert.deepEqual([worker.user, worker.entrypoint, worker.tmpfs], [user, entrypoint, tmpfs], `${receive} ${uid}`)
  }
})

const services = readComposeServices(
  `
x-all: &all { restart: always }
services:
  web: { <<: *all, image: x, environment: { WEB_KEY: plain, OTHER: 1 }, user: "1000:1000", env_file: .env }
  db: { image: y, environment: { PASSED: "\${PASSED}" } }
  hand:
    environment: [AWS_KEY, WEB_KEY=]
    volumes: ["/opt/shop/vault-password:/run/s/vault-password:ro", { type: volume, target: /data }]
`,
  'compose.yaml',
)

test('of a compose file we learn names, never values', async () => {
  assert.deepEqual(services, [
    {
      name: 'web',
      variables: ['WEB_KEY', 'OTHER'],
      inPlainText: ['WEB_KEY', 'OTHER'],
      readsEnvFile: true,
      uid: 1000,
      mount: null,
    },
    { name: 'db', variables: ['PASSED'], inPlainText: [], readsEnvFile: false, uid: null, mount: null },
    {
      name: 'hand',
      variables: ['AWS_KEY', 'WEB_KEY'],
      inPlainText: [],
      readsEnvFile: false,
      uid: null,
      mount: '/run/s',
    },
  ])
  for (const text of ['a: 1', '- 1', 'services: [', '']) {
    await refusal('CONFIG', async () => readComposeServices(text, 'compose.yaml'))
  }
})

const input: AdoptionInput = {
  project: 'shop',
  environment: 'production',
  directory: '/opt/shop',
  file: '/srv/c.yaml',
  hosts: 'all',
  groupOf: new Map([
    ['WEB_KEY', 'web'],
    ['AWS_KEY', 'aws'],
  ]),
  groups: null,
}

test('a service is adopted with the groups of its variables', () => {
  const found = services.map((one) => adoptionOf(one, input))
  assert.deepEqual(
    found.map((one) => one?.line ?? null),
    [
      'web: { hosts: all, groups: [ web ], compose: /srv/c.yaml#web, receive: environment, uid: 1000 }',
      null,
      'hand: { hosts: all, groups: [ aws, web ], compose: /srv/c.yaml#hand, mount: /run/s }',
    ],
  )
  assert.match(found[0]?.notes.join('\n') ?? '', /^WEB_KEY has a value.*\n.*env_file/)
  assert.doesNotMatch(JSON.stringify(found), /plain/)
})
