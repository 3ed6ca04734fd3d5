import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { hasCode } from '../../../src/core/errors.ts'
import { checkPasswordStrength, passwordFromFile } from '../../../src/core/secrets/password.ts'
import { Secret } from '../../../src/core/secret.ts'

const strong = (text: string): boolean => {
  try {
    checkPasswordStrength(new Secret(text))
    return true
  } catch (error) {
    assert.ok(hasCode(error, 'UNSAFE'))
    assert.equal(error.message, 'the password is too easy to guess')
    return false
  }
}

test('weak passwords are refused', () => {
  const weak = [
    ['', 'a', 'password', 'password123', 'hunter2', 'Tr0ub4dor&3', 'P@ssw0rd!2024', 'letmein', 'changeme'],
    ['correct horse battery staple', 'correcthorsebatterystaple', 'Summer2024!Winter2023!Spring2022'],
    ['a'.repeat(64), 'ab'.repeat(40), '0123456789'.repeat(8), 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjkl'],
    ['12345678901234567890', '19991231', '31415926535897932384', 'aaaaaaaabbbbbbbbccccccccdddddddd'],
    ['secretsecretsecretsecretsecret', 'Password1!Password1!Password1!', 'admin-admin-admin-admin-admin'],
    ['deadbeef', '0f1e2d3c4b5a6978', 'kX9#mQ2$vL5', 'myvaultpassword', 'ansible-vault-password', 'six of words'],
    ['rapid cloud fence tulip mango brick', 'the cat sat on the mat'],
  ].flat()
  assert.deepEqual(weak.filter(strong), [])
})

test('strong passwords are taken', () => {
  const good = [
    'rapid cloud fence tulip mango brick ozone',
    'Rapid-Cloud-Fence-Tulip-Mango-Brick-Ozone',
    'b2f49c0e7a61d8835f1ce0947ab6d312',
    '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    'kX9#mQ2$vL5@wR8!',
    'gW7rKq2LxN9vTb4ZcY6m',
  ]
  assert.deepEqual(
    good.filter((text) => !strong(text)),
    [],
  )
})

test('what we generate is taken, in every coding', () => {
  for (let i = 0; i < 300; i++) {
    for (const coding of ['base64', 'base64url', 'hex'] as const) assert.ok(strong(randomBytes(32).toString(coding)))
  }
})

test('a very long text ends soon', () => {
  const start = performance.now()
  strong('x1'.repeat(2000))
  strong(randomBytes(3000).toString('base64'))
  assert.ok(performance.now() - start < 3000)
})

test('a password file is stripped as Ansible strips it', () => {
  const table: readonly (readonly [string, string])[] = [
    ['secret\n', 'secret'],
    ['  secret \r\n\n', 'secret'],
    ['\t\v\f secret', 'secret'],
    ['two words\n', 'two words'],
    ['first\nsecond\n', 'first\nsecond'],
    ['\u00a0secret\u00a0', '\u00a0secret\u00a0'],
  ]
  for (const [file, password] of table) assert.equal(passwordFromFile(Buffer.from(file)).reveal(), password)
  for (const empty of ['', '\n', ' \t\r\n\v\f']) {
    assert.throws(
      () => passwordFromFile(Buffer.from(empty), { at: 'f' }),
      (error) => hasCode(error, 'USAGE'),
    )
  }
})
