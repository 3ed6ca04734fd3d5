import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { suite, test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import { appKeyFingerprint, appToken } from '../../src/crypto/app-jwt.ts'
import { makeKeyPair } from '../../src/crypto/key-pair.ts'
import { refusal } from '../support/refusal.ts'

const vectors = resolve(import.meta.dirname, '..', 'vectors', 'github')

/** Made with openssl alone: `genrsa -traditional`, as GitHub gives keys; `dgst -sha256 -sign` over the two first parts;
 *  `rsa -pubout -outform DER | sha256 -binary`, as GitHub's page on verifying private keys says. */
interface Vector {
  readonly app: string
  readonly now: number
  readonly token: string
  readonly fingerprint: string
}

const vector: Vector = JSON.parse(readFileSync(join(vectors, 'app-jwt.json'), 'utf8'))
const key = new Secret(readFileSync(join(vectors, 'app.pem'), 'utf8'))

suite('GitHub Apps', () => {
  test('signs as openssl does', () => {
    assert.equal(appToken(vector.app, key, vector.now), vector.token)
    assert.equal(appToken(vector.app, key, vector.now + 999), vector.token, 'in whole seconds')
  })

  test('is known by the fingerprint that GitHub shows, in whatever notation', async () => {
    assert.equal(appKeyFingerprint(key), vector.fingerprint)
    assert.equal(appKeyFingerprint(new Secret(key.reveal().replaceAll('\n', '\r\n'))), vector.fingerprint)
  })

  for (const what of ['text', 'ed25519', 'half'] as const) {
    test(`refused: ${what}`, async () => {
      const texts = { text: 'no key', half: key.reveal().slice(0, 900), ed25519: null }
      const wrong = new Secret(texts[what] ?? (await makeKeyPair('ed25519')).private.reveal())
      assert.equal(appKeyFingerprint(wrong), null)
      const error = await refusal('CONFIG', async () => appToken('1', wrong, 0))
      assert.equal(error.message, 'not the private key of a GitHub App')
    })
  }
})
