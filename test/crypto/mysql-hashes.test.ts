import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { ed25519 } from '@noble/curves/ed25519.js'
import { Secret } from '../../src/core/secret.ts'
import { ed25519Answer, ed25519Hash } from '../../src/crypto/mariadb-ed25519.ts'
import { cachingSha2Hash, nativeHash } from '../../src/crypto/mysql-hashes.ts'
import { sha256Crypt } from '../../src/crypto/sha256-crypt.ts'

suite('what MySQL and MariaDB keep of a password', () => {
  test('mysql_native_password', () => {
    // https://dev.mysql.com/doc/refman/8.0/en/password-hashing.html
    assert.equal(nativeHash(new Secret('mypass')), '*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4')
  })

  test('caching_sha2_password: as MySQL made it, with a salt of its own', () => {
    // https://hashcat.net/wiki/doku.php?id=example_hashes, 7401
    const salt = Buffer.from('F9CC98CE08892924F50A213B6BC571A2C11778C5', 'hex')
    assert.equal(sha256Crypt(Buffer.from('hashcat'), salt), 'bTy95Y99eAME1dwEkHOA1ndHGBWz.1bxSSRkuTXFGV/')
  })

  test('caching_sha2_password: written with a salt that needs no quoting', () => {
    const random = Uint8Array.from({ length: 20 }, (_, i) => i * 13)
    const [, salt = '', digest] =
      /^\$A\$005\$([./0-9A-Za-z]{20})(.{43})$/.exec(cachingSha2Hash(new Secret('p'), random)) ?? []
    assert.equal(digest, sha256Crypt(Buffer.from('p'), Buffer.from(salt)))
    assert.equal(new Set(salt).size, 20)
  })

  test('passwords of every length, as openssl has them', () => {
    const passwords = [1, 31, 32, 33, 63, 64, 65, 100].map((length) => 'pü'.repeat(length).slice(0, length))
    const said = execFileSync('openssl', ['passwd', '-5', '-salt', 'saltstring', '-stdin'], {
      input: passwords.join('\n'),
      encoding: 'utf8',
    })
    const ours = passwords.map((one) => `$5$saltstring$${sha256Crypt(Buffer.from(one), Buffer.from('saltstring'))}`)
    assert.deepEqual(said.trim().split('\n'), ours)
  })

  test('ed25519: the vector of the manual', () => {
    // https://mariadb.com/kb/en/authentication-plugin-ed25519/
    assert.equal(ed25519Hash(new Secret('secret')), 'ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY')
  })

  test('ed25519: the answer is a signature of that key', () => {
    const challenge = Uint8Array.from({ length: 32 }, (_, i) => i)
    for (const password of ['secret', 'ü', 'x'.repeat(200)]) {
      const key = Buffer.from(ed25519Hash(new Secret(password)), 'base64')
      const answer = ed25519Answer(new Secret(password), challenge)
      assert.ok(ed25519.verify(answer, challenge, key))
      assert.ok(!ed25519.verify(answer, challenge.toReversed(), key))
    }
  })
})
