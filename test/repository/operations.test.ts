import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { receiverParts } from '../../src/fleet/receiver-parts.ts'

const page = readFileSync(resolve(import.meta.dirname, '..', '..', 'docs', 'file-formats.md'), 'utf8')
const table = page.slice(page.indexOf('| operation | does |'), page.indexOf('The answer is one line'))
const rows = table.split('\n').filter((line) => line.startsWith('| `'))
const named = (row: string): readonly string[] =>
  [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name)

test('every operation of the receiver is in docs/file-formats.md once, and no other', () => {
  assert.deepEqual(rows.flatMap(named).toSorted(), Object.keys(receiverParts).toSorted())
})

test('what is said to write nothing has no part that writes', () => {
  const parts = new Map(Object.entries(receiverParts))
  for (const row of rows) {
    const isReader = row.includes('writes nothing')
    for (const name of named(row)) assert.equal(parts.get(name)?.includes('writing') === false, isReader, name)
  }
})
