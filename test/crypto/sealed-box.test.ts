import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import sodium, { ready } from 'libsodium-wrappers'
import { sealedBox } from '../../src/crypto/sealed-box.ts'
import { refusal } from '../support/refusal.ts'

await ready

for (const size of [0, 1, 31, 32, 64, 1000, 48 * 1024]) {
  test(`libsodium opens what we seal, and seals the same: ${size} bytes`, () => {
    const message = Uint8Array.from(randomBytes(size))
    const { publicKey, privateKey } = sodium.crypto_box_keypair()
    assert.deepEqual(sodium.crypto_box_seal_open(sealedBox(message, publicKey), publicKey, privateKey), message)

    // libsodium's seal with a known key used once, put together of its own parts
    const once = sodium.crypto_box_keypair()
    const nonce = sodium.crypto_generichash(24, new Uint8Array([...once.publicKey, ...publicKey]), null)
    const box = sodium.crypto_box_easy(message, nonce, publicKey, once.privateKey)
    const theirs = new Uint8Array([...once.publicKey, ...box])
    assert.deepEqual(sodium.crypto_box_seal_open(theirs, publicKey, privateKey), message)
    assert.deepEqual(sealedBox(message, publicKey, once.privateKey), theirs)
  })
}

test('no two boxes are alike', () => {
  const { publicKey } = sodium.crypto_box_keypair()
  const message = new Uint8Array(8)
  assert.notDeepEqual(sealedBox(message, publicKey), sealedBox(message, publicKey))
})

test('a key that everybody could open is refused', async () => {
  for (const key of [
    new Uint8Array(32),
    Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0)),
    new Uint8Array(31),
  ]) {
    await refusal('TAMPERED', async () => sealedBox(new Uint8Array(8), key))
  }
})
