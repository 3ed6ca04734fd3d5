import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SoughtName } from '../../../src/core/audit/sought.ts'
import { soughtForms } from '../../../src/core/audit/sought.ts'
import { Secret } from '../../../src/core/secret.ts'

const secret: SoughtName = { kind: 'secret', name: 'KEY' }
const password: SoughtName = { kind: 'project-password', name: null }

const forms = (value: string, what: SoughtName = secret): readonly string[] =>
  soughtForms([{ what, value: new Secret(value) }]).forms.map((one) => one.bytes.reveal())

test('a value is looked for in the ways it is written down', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['kR7vW2-Zq8xT', ['kR7vW2-Zq8xT', 'a1I3dlcyLVpxOHhU']],
    ['kR7vW2-Zq8xT\n', ['kR7vW2-Zq8xT', 'a1I3dlcyLVpxOHhU']],
    // in several words: the longest of each way
    [
      'wJalrX/K7MDENGbPxRfiCY',
      [
        'wJalrX/K7MDENGbPxRfiCY',
        'd0phbHJYL0s3TURFTkdiUHhSZmlDWQ',
        'wJalrX%2FK7MDENGbPxRfiCY',
        'K7MDENGbPxRfiCY',
        '2FK7MDENGbPxRfiCY',
      ],
    ],
    [
      'pg: kR7v W2Zq',
      ['pg: kR7v W2Zq', 'cGc6IGtSN3YgVzJacQ', 'pg%3A%20kR7v%20W2Zq', 'pg:\\ kR7v\\ W2Zq', 'pg%3A+kR7v+W2Zq'],
    ],
  ]
  for (const [value, expected] of cases) assert.deepEqual(forms(value), expected, value)
})

test('what is short or plain is left out, and named', () => {
  for (const value of ['', 'kR7vW2Z', 'production', 'password2024', '11111111111', 'eu-central-1', '12345678']) {
    assert.deepEqual(soughtForms([{ what: secret, value: new Secret(value) }]), { forms: [], leftOut: ['KEY'] }, value)
  }
})

test('the digest of a project password that could be guessed is not given away', () => {
  const short = 'kR7vW2-Zq8xT'
  assert.deepEqual(soughtForms([{ what: password, value: new Secret(short) }]), {
    forms: [],
    leftOut: ['the project password'],
  })
  assert.deepEqual(forms('kR7vW2Zq8xTn4bLpYcE', password)[0], 'kR7vW2Zq8xTn4bLpYcE')
  const words = 'crisp hat Zq8xTn4bLpYcE mild otter plank zebra quote ruby'
  assert.ok(!forms(words, password).includes('Zq8xTn4bLpYcE'), 'its longest word is a weaker one')
})
