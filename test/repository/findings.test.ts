import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { findingIds, findingTable } from '../../src/core/audit/findings.ts'

const page = readFileSync(resolve(import.meta.dirname, '..', '..', 'docs', 'findings.md'), 'utf8')

test('every finding has a section of its own: what it is, why, how to check by hand, how to fix', () => {
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section]),
  )
  assert.deepEqual([...sections.keys()].sort(), Object.keys(findingTable).sort())
  for (const [id, { severity, meaning }] of Object.entries(findingTable)) {
    const section = sections.get(id) ?? ''
    assert.ok(section.includes(`_${severity}: ${meaning}_`), `${id}: its line is not that of the table`)
    for (const part of ['**Why** ', '**By hand** ', '**Fix** ']) assert.ok(section.includes(part), `${id}: no ${part}`)
  }
})

test('every finding is made by some test', () => {
  const tests = readdirSync(resolve(import.meta.dirname, '..'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('repository/'))
    .map((name) => readFileSync(resolve(import.meta.dirname, '..', name), 'utf8'))
  assert.deepEqual(
    findingIds.filter((id) => !tests.some((text) => text.includes(id))),
    [],
  )
})
