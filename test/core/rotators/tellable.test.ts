import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { tellable } from '../../../src/core/rotators/tellable.ts'
import { Secret } from '../../../src/core/secret.ts'

suite('tellable', () => {
  const values = [new Secret('AbCdEfGhIjKl'), new Secret('pin7')]
  const lines: readonly [string, boolean][] = [
    ['key slots 1/2', true],
    ['the server said "no": (try again)', true],
    ['', false],
    ['two\nlines', false],
    ['an escape \u001b[31m', false],
    ['turned \u202e round', false],
    ['all of it AbCdEfGhIjKl', false],
    ['eight letters CdEfGhIj of it', false],
    ['in other capitals CDEFGHIJ', false],
    ['seven letters CdEfGhI of it', true],
    ['a short value xpin7x', false],
    [`a word of ${'x'.repeat(24)}`, true],
    [`a word of ${'x'.repeat(25)}`, false],
    ['x '.repeat(151), false],
  ]
  for (const [line, isShown] of lines) {
    test(`${JSON.stringify(line).slice(0, 50)} is ${isShown ? '' : 'not '}shown`, () => {
      assert.equal(tellable(line, values), isShown ? line : null)
    })
  }
})
