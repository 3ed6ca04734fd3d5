/** Parts are joined to one program: what two of them call the same, the last one has for both. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { partsOf } from '../../src/fleet/receiver-parts.ts'

const folder = resolve(import.meta.dirname, '../../ansible/plugins/module_utils/receiver')

const namesOf = (part: string): readonly string[] =>
  [
    ...readFileSync(`${folder}/${part}.py`, 'utf8').matchAll(
      /^(?:def |class )?([A-Za-z_]\w*)(?:\(| = |, [A-Z_]+ = )/gm,
    ),
  ].map(([, name]) => name ?? '')

test('an inspection that asks for everything has no name twice', () => {
  const words = { engine: true, walk: true, units: true, live: true, audit: { places: [] }, watch: true }
  const names = partsOf({ op: 'inspect', directory: '/opt/shop', ...words }).flatMap(namesOf)
  assert.ok(names.length > 100)
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
})
