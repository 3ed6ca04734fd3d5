import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { desiredHost, type ProjectSecret } from '../../../src/core/fleet/desired.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import type { HostPlacement } from '../../../src/core/fleet/placement.ts'
import { refusal } from '../../support/refusal.ts'

const manifest = parseManifest('project: shop\n', { at: 'lockstep.yaml' })

const placement: HostPlacement = {
  host: 'onode1',
  directory: '/opt/shop',
  rung: 'host',
  cloud: null,
  groups: ['aws'],
  containers: [],
  refusal: null,
}

const record = (name: string, host: string | null): ProjectSecret => ({
  name,
  group: 'aws',
  host,
  version: 1,
  set: '2025-11-22T15:00:00Z',
  rotated: null,
})

test("a host's own value stands before the shared one", () => {
  const records = [record('KEY', null), record('KEY', 'onode1'), record('KEY', 'gnode1'), record('OTHER', null)]
  const { scopes } = desiredHost(manifest, placement, records, () => ['0123456789ab'])
  deepEqual(
    scopes.map(({ scope, secrets }) => [scope, secrets.map(({ name, host }) => [name, host])]),
    [
      [
        'host',
        [
          ['KEY', 'onode1'],
          ['OTHER', null],
        ],
      ],
    ],
  )
})

test('a fingerprint is computed once for a host, and none of what it is not given', () => {
  const container = '{ hosts: all, image: shop/api, groups: [aws] }'
  const text = `project: shop\ncontainers:\n  api: ${container}\n  job: ${container}\n`
  const two = parseManifest(text, { at: 'lockstep.yaml' })
  const records = [record('KEY', null), { ...record('OTHER', null), group: 'session' }]
  const asked: string[] = []
  const { scopes } = desiredHost(two, { ...placement, containers: ['api', 'job'] }, records, ({ name }) => {
    asked.push(name)
    return [`of-${name}`, `former-${name}`]
  })
  deepEqual(asked, ['KEY'])
  deepEqual(
    scopes.map(({ scope, secrets }) => [scope, secrets.map(({ fingerprint, former }) => [fingerprint, ...former])]),
    ['host', 'container/api', 'container/job'].map((scope) => [scope, [['of-KEY', 'former-KEY']]]),
  )
})

test('a rung that nothing delivers to yet is refused: a password file there would belie its name', async () => {
  for (const rung of ['cloud', 'vault', 'broker'] as const) {
    await refusal('CONFIG', async () => desiredHost(manifest, { ...placement, rung }, [], () => ['']))
  }
})
