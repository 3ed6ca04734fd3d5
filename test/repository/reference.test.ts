import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { referencePages } from '../../scripts/reference.ts'

const root = resolve(import.meta.dirname, '..', '..')

for (const [path, text] of await referencePages()) {
  test(`${path} is what npm run reference makes`, async () => {
    assert.equal(await readFile(join(root, path), 'utf8'), text, 'npm run reference')
  })
}
