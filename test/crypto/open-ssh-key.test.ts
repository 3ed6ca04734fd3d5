import assert from 'node:assert/strict'
import { sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import { makeSshKeyPair, sshPublicOf } from '../../src/crypto/open-ssh-key.ts'
import { parseSshPrivate, parseSshPublic } from '../../src/crypto/ssh-key.ts'

// the padding is as long as the comment makes it
for (const comment of ['', 'a', 'deploy', 'shop deploy@production', 'exactly 16 bytes']) {
  test(`what is made is read again, comment ${JSON.stringify(comment)}`, () => {
    const pair = makeSshKeyPair(comment)
    const { key, secret } = parseSshPrivate(pair.private.reveal(), 'key')
    assert.deepEqual(parseSshPublic(pair.public).wire, key.wire)
    assert.equal(pair.public.split(' ').slice(2).join(' '), comment)
    const message = Buffer.from('signed')
    assert.ok(verify(null, message, parseSshPublic(pair.public).public, sign(null, message, secret)))
    assert.equal(sshPublicOf(pair.private), pair.public.split(' ').slice(0, 2).join(' '))
    assert.match(
      pair.private.reveal(),
      /^-----BEGIN OPENSSH PRIVATE KEY-----\n(?:.{1,70}\n)+-----END OPENSSH PRIVATE KEY-----\n$/,
    )
  })
}

test('what is no key has no public half', () => {
  for (const text of ['', 'canary', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n']) {
    assert.equal(sshPublicOf(new Secret(text)), null)
  }
})
