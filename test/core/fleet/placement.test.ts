import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretsError } from '../../../src/core/errors.ts'
import type { Inventory } from '../../../src/core/fleet/inventory.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import { patternsOf, place } from '../../../src/core/fleet/placement.ts'

const at = { at: 'lockstep.yaml' }
const groups = ['aws', 'cloudflare', 'session']
const text = `project: shop
hosts:
  oracle: { rung: cloud, cloud: oci }
containers:
  api: { hosts: api_servers, groups: [cloudflare, aws], image: a/b }
  worker: { hosts: workers, groups: [aws], systemd: worker.service }
`

const inventory = (variables: Record<string, Record<string, unknown>> = {}): Inventory => ({
  hosts: Object.fromEntries(
    ['onode1', 'anode1', 'spare'].map((host) => [host, { groups: [], variables: variables[host] ?? {} }]),
  ),
  groups: ['oracle', 'api_servers', 'workers', 'gone'],
  patterns: {
    oracle: ['onode1'],
    api_servers: ['onode1', 'anode1'],
    workers: ['anode1'],
    gone: [],
    'workers:!onode9': ['anode1'],
    'oracle:!anode9': ['onode1'],
  },
})

test('each host gets the groups of its containers', () => {
  const { hosts, notes } = place(parseManifest(text, at), inventory(), groups)
  assert.deepEqual(hosts, [
    {
      host: 'onode1',
      directory: '/opt/shop',
      rung: 'cloud',
      cloud: 'oci',
      groups: ['aws', 'cloudflare'],
      containers: ['api'],
      refusal: null,
    },
    {
      host: 'anode1',
      directory: '/opt/shop',
      rung: 'host',
      cloud: null,
      groups: ['aws', 'cloudflare'],
      containers: ['api', 'worker'],
      refusal: null,
    },
    { host: 'spare', directory: '/opt/shop', rung: 'host', cloud: null, groups: [], containers: [], refusal: null },
  ])
  assert.deepEqual(
    notes.map((note) => `${note.id} ${note.at}`),
    ['HOST-UNUSED spare'],
  )
})

test('patterns to resolve', () => {
  assert.deepEqual(patternsOf(parseManifest(text, at)), ['oracle', 'api_servers', 'workers'])
})

test('without containers every host gets every group, and is told so', () => {
  const { hosts, notes } = place(parseManifest('project: shop\n', at), inventory(), groups)
  assert.deepEqual(
    hosts.map((host) => host.groups),
    [groups, groups, groups],
  )
  assert.deepEqual(
    notes.map((note) => note.id),
    ['EVERY-GROUP'],
  )
})

test('inventory variables set rung, cloud and directory', () => {
  const variables = { anode1: { lockstep_cloud: 'aws', lockstep_directory: '/srv/shop', ansible_host: '{{ x }}' } }
  const [, anode1] = place(parseManifest(text, at), inventory(variables), groups).hosts
  assert.deepEqual([anode1?.rung, anode1?.cloud, anode1?.directory], ['cloud', 'aws', '/srv/shop'])
})

test('a pattern of hosts that matches nothing is a note', () => {
  const { notes } = place(parseManifest('project: s\nhosts: { gone: { rung: host } }\n', at), inventory(), groups)
  assert.deepEqual(
    notes.map((note) => [note.id, note.at]),
    [
      ['PATTERN-EMPTY', 'lockstep.yaml:2:16'],
      ['EVERY-GROUP', 'lockstep.yaml'],
    ],
  )
})

type Says = readonly (string | RegExp)[]
type Variables = Record<string, Record<string, unknown>>

const saysAll = (error: unknown, says: Says): void => {
  assert(error instanceof SecretsError)
  assert.equal(error.code, 'CONFIG')
  const said = `${error.at} ${error.message}`
  for (const part of says) {
    if (typeof part === 'string') assert(said.includes(part), `${said} does not say ${part}`)
    else assert.match(said, part)
  }
}

const twoPatterns = text.replace('containers:', '  api_servers: { rung: host }\ncontainers:')

/** Mistakes of lockstep.yaml, whatever the variables of a host say. */
const refused: readonly [string, string, Variables, Says][] = [
  ['two patterns', twoPatterns, {}, ['oracle', 'api_servers', 'rung is set twice']],
  [
    'two patterns, and a variable of another host is wrong',
    twoPatterns,
    { anode1: { lockstep_x: 1 } },
    ['rung is set twice', /^(?!.*lockstep_x)/s],
  ],
  [
    'a cloud without its rung',
    twoPatterns.replace('rung: cloud, ', ''),
    {},
    ['onode1', 'has a cloud, oci, but its rung is host'],
  ],
  [
    'a container nowhere',
    text.replace('hosts: workers', 'hosts: gone'),
    {},
    ['lockstep.yaml:6:11', 'container worker', 'matches no host'],
  ],
  [
    'a host that the inventory does not know in a pattern',
    text.replace('hosts: workers', 'hosts: "workers:!onode9"'),
    {},
    ['lockstep.yaml:6:11', 'container worker', 'no host or group onode9', 'did you mean onode1?'],
  ],
  [
    'the same in settings',
    text.replace('oracle:', '"oracle:!anode9":'),
    {},
    ['lockstep.yaml:3', 'no host or group anode9', 'did you mean anode1?'],
  ],
  ['a group that is not there', text.replace('[aws]', '[nope]'), {}, ['there is no group nope']],
  [
    'several',
    twoPatterns.replace('hosts: workers', 'hosts: gone'),
    {},
    ['2 things are wrong', 'rung is set twice', 'matches no host'],
  ],
]

for (const [name, manifest, variables, says] of refused) {
  test(`placement refused: ${name}`, () => {
    assert.throws(
      () => place(parseManifest(manifest, at), inventory(variables), groups),
      (error) => {
        saysAll(error, says)
        return true
      },
    )
  })
}

/** Mistakes in which inventory variables of one host have a part: that host is refused, the others are placed. */
const refusedHosts: readonly [string, string, string, Record<string, unknown>, Says][] = [
  [
    'two places',
    'onode1',
    text,
    { lockstep_rung: 'cloud' },
    ['rung is set twice', 'hosts: oracle at lockstep.yaml:3:11', 'lockstep_rung'],
  ],
  [
    'two patterns and a variable',
    'onode1',
    twoPatterns,
    { lockstep_rung: 'cloud' },
    ['rung is set twice', 'oracle', 'api_servers', 'lockstep_rung'],
  ],
  [
    'top-level directory',
    'onode1',
    `${text}directory: /opt/a\n`,
    { lockstep_directory: '/opt/b' },
    ['directory: at lockstep.yaml:7:12', 'lockstep_directory'],
  ],
  ['template', 'anode1', text, { lockstep_directory: '/opt/{{ name }}' }, ['is a template', /^(?!.*name)/s]],
  ['unknown variable', 'anode1', text, { lockstep_rungg: 'host' }, ['lockstep_rungg', 'did you mean lockstep_rung?']],
  ['groups by inventory', 'anode1', text, { lockstep_groups: ['aws'] }, ['lockstep_groups is not taken']],
  ['wrong word', 'anode1', text, { lockstep_rung: 'clod' }, ['one of host, cloud, vault, broker']],
  ['wrong type', 'anode1', text, { lockstep_directory: 5 }, ['an absolute directory']],
  [
    'cloud without its rung',
    'anode1',
    text,
    { lockstep_cloud: 'aws', lockstep_rung: 'host' },
    ['has a cloud, aws, but its rung is host'],
  ],
  [
    'a rung that the cloud of the manifest does not go with',
    'onode1',
    text.replace('rung: cloud, ', ''),
    { lockstep_rung: 'vault' },
    ['has a cloud, oci, but its rung is vault'],
  ],
  [
    'several',
    'anode1',
    text,
    { lockstep_x: 1, lockstep_rung: 'clod' },
    ['unknown inventory variable lockstep_x', '; lockstep_rung must be one of'],
  ],
]

for (const [name, host, manifest, variables, says] of refusedHosts) {
  test(`one host refused: ${name}`, () => {
    const { hosts } = place(parseManifest(manifest, at), inventory({ [host]: variables }), groups)
    for (const one of hosts) {
      if (one.host === host) saysAll(one.refusal, [host, ...says])
      else assert.equal(one.refusal, null, one.host)
    }
  })
}

test('a name that could leave its directory is refused', () => {
  const hosts = { '../x': { groups: [], variables: {} } }
  assert.throws(() => place(parseManifest('project: s\n', at), { hosts, groups: null, patterns: {} }, groups), {
    code: 'CONFIG',
  })
})
