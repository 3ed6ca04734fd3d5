import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import { valueless } from '../../../src/core/fleet/valueless.ts'

const manifest = parseManifest(
  'project: shop\ngroups: { aws: { keys: [KEY_ID, KEY] }, session: { keys: [SESSION] }, free: {} }\n',
  { at: 'lockstep.yaml' },
)

type Value = readonly [name: string, group: string, host: string | null]

test('declared secrets without a value, where a host is to be given them', () => {
  const both = ['host1 aws', 'host2 aws']
  const rows: readonly (readonly [readonly string[], readonly Value[], readonly string[]])[] = [
    [
      both,
      [
        ['KEY_ID', 'aws', null],
        ['KEY', 'aws', null],
      ],
      [],
    ],
    [both, [['KEY', 'aws', null]], ['group aws: KEY_ID has no value: lockstep create']],
    [both, [['KEYID', 'aws', null]], ['group aws: KEY_ID, KEY have no value: lockstep create']],
    [
      both,
      [
        ['KEY', 'aws', null],
        ['KEY_ID', 'aws', 'host1'],
        ['KEY_ID', 'aws', 'host2'],
      ],
      [],
    ],
    [
      both,
      [
        ['KEY', 'aws', null],
        ['KEY_ID', 'aws', 'host1'],
      ],
      ['group aws: KEY_ID has no value on host2: lockstep set KEY_ID --host host2'],
    ],
    [
      ['host1 aws'],
      [
        ['KEY_ID', 'session', null],
        ['KEY', 'aws', null],
      ],
      ['group aws: KEY_ID has no value: lockstep create'],
    ],
    [['host1 free'], [], []],
    [[], [], []],
  ]
  for (const [given, values, notes] of rows) {
    const hosts = given.map((words) => {
      const [host = '', ...groups] = words.split(' ')
      return { host, groups }
    })
    const secrets = values.map(([name, group, host]) => ({ name, group, host }))
    assert.deepEqual(
      valueless(manifest, hosts, secrets).map((note) => `${note.at}: ${note.message}`),
      notes,
    )
  }
})
