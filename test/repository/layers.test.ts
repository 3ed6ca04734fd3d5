import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { breaches } from '../../scripts/check-layers.ts'

/** What is found in a tree of one file that imports this. */
const found = (file: string, target: string): readonly string[] => {
  const root = mkdtempSync(join(tmpdir(), 'layers-'))
  try {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), `import { one } from '${target}'\n`)
    return breaches(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

suite('layers', () => {
  const rows: readonly [file: string, target: string, isAllowed: boolean][] = [
    ['core/a.ts', './b.ts', true],
    ['core/a.ts', 'yaml', true],
    ['core/a.ts', 'pg', false],
    ['core/a.ts', 'node:fs', false],
    ['core/a.ts', '../io/b.ts', false],
    ['crypto/a.ts', 'node:crypto', true],
    ['crypto/a.ts', 'node:fs', false],
    ['app/a/b.ts', '../../core/b.ts', true],
    ['app/a/b.ts', '../../rotators/b.ts', false],
    ['cli/a.ts', '../wire.ts', false],
    ['wire.ts', './io/a.ts', true],
    ['other/a.ts', './b.ts', false],
    ['rotators/one/a.ts', './b.ts', true],
    ['rotators/one/a.ts', '../shared/b.ts', true],
    ['rotators/one/a.ts', '../two/b.ts', false],
    ['rotators/one/a.ts', '../two.ts', false],
    ['rotators/one.ts', './two.ts', false],
    ['rotators/one.ts', './index.ts', false],
    ['rotators/shared/a.ts', '../one.ts', false],
    ['rotators/index.ts', './one.ts', true],
    ['providers/one.ts', './two.ts', false],
    ['providers/one.ts', '../core/b.ts', true],
  ]
  for (const [file, target, isAllowed] of rows) {
    test(`${file} ${isAllowed ? 'may' : 'may not'} import ${target}`, () => {
      assert.equal(found(file, target).length, isAllowed ? 0 : 1)
    })
  }

  test('hold in this tree', () => {
    assert.deepEqual(breaches(), [])
  })
})
