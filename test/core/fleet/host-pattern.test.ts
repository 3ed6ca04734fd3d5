import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unknownName } from '../../../src/core/fleet/host-pattern.ts'

const host = { groups: [], variables: {} }
const hosts = { onode1: host, onode2: host, 'web.example.org': host }
const groups = ['all', 'ungrouped', 'workers', 'retired']

test('every plain name of a pattern is a host or a group', () => {
  const known = [
    'all',
    'ungrouped',
    'onode1',
    'web.example.org',
    'workers:onode1',
    'workers,onode2',
    'workers, onode2,',
    'all:!onode1',
    'workers:&retired:!onode2',
    'on*',
    'all:!nobody*',
    'node?',
    '~(web|db).*',
    'all:!~x.*',
    'workers[0]',
    'nobody[0:2]',
    'onode[1:2]:workers',
    'localhost',
    '',
  ]
  for (const pattern of known) assert.equal(unknownName(pattern, { hosts, groups }), null, pattern)
})

test('one that is neither is named, with what was probably meant', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['onoed1', 'no host or group onoed1 in the inventory; did you mean onode1?'],
    ['all:!onoed1', '"all:!onoed1": no host or group onoed1 in the inventory; did you mean onode1?'],
    ['onode1,typo', 'onode1,typo: no host or group typo in the inventory'],
    ['workers:!onode9', '"workers:!onode9": no host or group onode9 in the inventory; did you mean onode1?'],
    ['on*:&worker', 'no host or group worker in the inventory; did you mean workers?'],
    ['onode[1:2]:nobody', 'no host or group nobody in the inventory'],
    ['!\u001b[1m', '\\u001b'],
  ]
  for (const [pattern, says] of rows) {
    const said = unknownName(pattern, { hosts, groups })
    assert.ok(said?.includes(says), `${pattern}: ${said}`)
  }
  assert.equal(unknownName('typo', { hosts, groups: null }), null)
})
