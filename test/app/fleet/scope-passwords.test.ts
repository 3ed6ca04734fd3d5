import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scopePasswords } from '../../../src/app/fleet/scope-passwords.ts'
import { openVault } from '../../../src/crypto/ansible-vault.ts'
import { wire } from '../../../src/wire.ts'
import { bytesOf } from '../../support/temporary.ts'

const { random } = wire()

/** Counts what was asked for: a password or a salt is 32 bytes. */
const counted = (): { readonly random: typeof random; readonly asked: () => number } => {
  let asked = 0
  return {
    asked: () => asked,
    random: {
      ...random,
      bytes: (count) => {
        asked++
        return random.bytes(count)
      },
    },
  }
}

for (const [ahead, files] of [
  [0, 0],
  [1, 2],
  [3, 5],
] as const) {
  test(`${ahead} scopes of ${files} files derived before: each file has its own salt, each scope its own password`, async () => {
    const passwords = scopePasswords(random)
    await passwords.ahead(ahead, files)
    const taken = [passwords.take(), passwords.take()]
    assert.equal(taken[0]?.password.equals(taken[1]?.password ?? assert.fail()), false)
    for (const { password, seal } of taken) {
      const texts = ['A=1\n', 'A=1\n', 'B=2\n', '']
      const sealed = await Promise.all(texts.map((text) => seal(bytesOf(text), 'shop')))
      const opened = await Promise.all(sealed.map((file) => openVault(file, password)))
      assert.deepEqual(
        opened.map(({ plaintext, label }) => [new TextDecoder().decode(plaintext), label]),
        texts.map((text) => [text, 'shop']),
      )
      assert.equal(new Set(sealed.map((file) => Buffer.from(file).toString().slice(0, 120))).size, texts.length)
    }
  })
}

test('what was derived before is not derived again', async () => {
  const { random: source, asked } = counted()
  const passwords = scopePasswords(source)
  await passwords.ahead(1, 2)
  assert.equal(asked(), 3)
  const { seal } = passwords.take()
  await Promise.all([seal(bytesOf('A=1\n'), null), seal(bytesOf('B=1\n'), null)])
  assert.equal(asked(), 3)
  await seal(bytesOf('C=1\n'), null)
  assert.equal(asked(), 4)
})

test('it ends when the first is taken', async () => {
  const { random: source, asked } = counted()
  const passwords = scopePasswords(source)
  const deriving = passwords.ahead(1000, 1000)
  passwords.take()
  await deriving
  assert.ok(asked() < 10, `${asked()}`)
})
