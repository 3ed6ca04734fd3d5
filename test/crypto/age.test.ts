import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import test from 'node:test'
import { generateHybridIdentity, identityToRecipient } from 'age-encryption'
import { Secret } from '../../src/core/secret.ts'
import { checkRecipient, openAge, readIdentities, sealToRecipients } from '../../src/crypto/age.ts'
import { refusal } from '../support/refusal.ts'
import { bytesOf, textOf } from '../support/temporary.ts'

const at = 'secrets/operators/me.age'
const vector = (name: string): Promise<Uint8Array> => readFile(resolve(import.meta.dirname, '../vectors/age', name))
const kinds = ['native', 'ssh-ed25519', 'ssh-rsa']

test('files that age wrote open with their key and with no other', async () => {
  for (const kind of kinds) {
    const identities = readIdentities(new Secret(await vector(kind)), { at })
    for (const other of kinds) {
      const opened = await openAge(await vector(`${other}.age`), identities, { at })
      assert.equal(textOf(opened), kind === other ? 'the project password\n' : null, `${kind}, ${other}`)
    }
  }
})

test('what we seal for several opens for each', async () => {
  const recipients = await Promise.all(
    kinds.map(async (kind) => checkRecipient(textOf(await vector(`${kind}.pub`)) ?? '')),
  )
  const sealed = await sealToRecipients(bytesOf('x'), recipients)
  for (const kind of kinds) {
    assert.equal(textOf(await openAge(sealed, readIdentities(new Secret(await vector(kind)), { at }), { at })), 'x')
  }
})

test('a post-quantum recipient works too', async () => {
  const identity = await generateHybridIdentity()
  const sealed = await sealToRecipients(bytesOf('x'), [checkRecipient(await identityToRecipient(identity))])
  assert.equal(textOf(await openAge(sealed, readIdentities(new Secret(identity), { at }), { at })), 'x')
})

test('a changed file is refused', async () => {
  const sealed = textOf(await vector('ssh-ed25519.age')) ?? ''
  const identities = readIdentities(new Secret(await vector('ssh-ed25519')), { at })
  const broken = [
    sealed.slice(0, -60),
    sealed.replace(/.{8}\n-----END/, 'AAAAAAAA\n-----END'),
    '',
    'text',
    sealed + sealed,
  ]
  for (const text of broken) await refusal('TAMPERED', openAge(bytesOf(text), identities, { at }))
})

test('recipients: checked, and recorded without comment', async () => {
  const line = textOf(await vector('ssh-ed25519.pub')) ?? ''
  assert.equal(checkRecipient(line), line.split(' ').slice(0, 2).join(' '))
  const wrong = ['', 'age1', 'age1xyz', 'ssh-ed25519', 'ssh-ed25519 AAAA', 'ssh-dss AAAA', 'me', line.slice(0, 40)]
  for (const text of wrong) await refusal('USAGE', async () => checkRecipient(text))
  const offCurve = Buffer.concat([Buffer.from(line.split(' ')[1] ?? '', 'base64').subarray(0, 19), Buffer.alloc(32, 2)])
  await refusal('USAGE', async () => checkRecipient(`ssh-ed25519 ${offCurve.toString('base64')}`))
  await refusal('USAGE', sealToRecipients(bytesOf('x'), []))
})

test('files without an identity are refused', async () => {
  const damaged = [
    '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
    '',
    '# none\n',
    'x',
  ]
  for (const text of damaged) await refusal('USAGE', async () => readIdentities(new Secret(text), { at }))
})
