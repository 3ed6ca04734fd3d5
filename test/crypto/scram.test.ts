import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import { scramVerifier } from '../../src/crypto/scram.ts'

/** https://www.rfc-editor.org/rfc/rfc7677#section-3 */
const vector = {
  password: 'pencil',
  salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
  nonce: 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
}

const bytes = (text: string): Buffer => Buffer.from(text, 'base64')
const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest()

test('the verifier is what lets the login of RFC 7677 in, and proves the server to it', () => {
  const { password, salt, nonce, proof, signature } = vector
  const verifier = scramVerifier(new Secret(password), bytes(salt))
  const [, stored = '', server = ''] =
    /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$([^:]+):(.+)$/.exec(verifier) ?? []
  const message = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=${salt},i=4096,c=biws,r=${nonce}`
  const mask = hmac(bytes(stored), message)
  const clientKey = bytes(proof).map((byte, i) => byte ^ (mask[i] ?? 0))
  assert.equal(createHash('sha256').update(clientKey).digest('base64'), stored)
  assert.equal(hmac(bytes(server), message).toString('base64'), signature)
})
