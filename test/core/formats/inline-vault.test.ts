import assert from 'node:assert/strict'
import test from 'node:test'
import { hasCode } from '../../../src/core/errors.ts'
import { readYamlTexts } from '../../../src/core/formats/inline-vault.ts'

const vars = `---
# comment
plain: 1
db_password: !vault |
          $ANSIBLE_VAULT;1.1;AES256
          6162
          6364
nested:
  api_key: !vault |
    $ANSIBLE_VAULT;1.2;AES256;dev
    61
quoted: !vault "$ANSIBLE_VAULT;1.1;AES256\\n6162\\n"
`

test('only what !vault marks, without its indentation, with its line', () => {
  const found = readYamlTexts(vars, { at: 'vars.yml', sealedOnly: true })
  assert.deepEqual(
    found.map(({ name, text, at }) => [name, text, at]),
    [
      ['db_password', '$ANSIBLE_VAULT;1.1;AES256\n6162\n6364\n', 'vars.yml:4:21'],
      ['api_key', '$ANSIBLE_VAULT;1.2;AES256;dev\n61\n', 'vars.yml:9:19'],
      ['quoted', '$ANSIBLE_VAULT;1.1;AES256\n6162\n', 'vars.yml:12:16'],
    ],
  )
})

test('every value of one flat map', () => {
  const text =
    'A: text\nB: 12345678901234567890\nC: true\nD: null\nE:\nF: "x\\ny"\nG: |\n  one\n  two\nH: 1.50\nI: ""\n'
  const found = readYamlTexts(text, { at: 'f', sealedOnly: false })
  assert.deepEqual(Object.fromEntries(found.map((one) => [one.name, one.text])), {
    A: 'text',
    B: '12345678901234567890',
    C: 'true',
    F: 'x\ny',
    G: 'one\ntwo\n',
    H: '1.50',
    I: '',
  })
})

test('what is refused, without showing it', () => {
  const table: readonly (readonly [string, boolean, RegExp])[] = [
    ['a:\n  b: canary\n', false, /^f:2:6 only one flat map/],
    ['a: [canary]\n', false, /^f:1:5 only one flat map/],
    ['- canary\n', false, /only one flat map/],
    ['canary', false, /only one flat map/],
    ['a: [!vault "canary"]\n', true, /^f:1:12 only one flat map/],
    ['a-b: !vault canary\n', true, /^f:1:13 the key of this value/],
    ['a: "{{ canary }}"\n', false, /^f:1:4 a template/],
    ['a: !unsafe canary\n', false, /a tag that cannot/],
    ['a: "canary\n', false, /not YAML/],
    ['a: canary\na: canary\n', false, /not YAML/],
    ['['.repeat(50), false, /nested too deeply/],
  ]
  for (const [text, sealedOnly, expected] of table) {
    assert.throws(
      () => readYamlTexts(text, { at: 'f', sealedOnly }),
      (error) =>
        hasCode(error, 'CONFIG') && expected.test(`${error.at} ${error.message}`) && !error.message.includes('canary'),
      text,
    )
  }
})
