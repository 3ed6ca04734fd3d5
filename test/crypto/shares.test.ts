import assert from 'node:assert/strict'
import test from 'node:test'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { combine } from 'shamir-secret-sharing'
import { parseRecovery, printRecovery } from '../../src/core/backup/recovery-text.ts'
import {
  parseShare,
  parseSplit,
  printShare,
  shareBody,
  type FoundShare,
  type Share,
} from '../../src/core/backup/share-text.ts'
import { Secret } from '../../src/core/secret.ts'
import { bech32 } from '../../src/crypto/bech32.ts'
import { checksumOf, joinShares, splitIdentity } from '../../src/crypto/shares.ts'
import { codeOf, refusal } from '../support/refusal.ts'

const owner = { project: 'shop', environment: 'production', check: '0'.repeat(32) }

const splitNew = async (
  k: number,
  n: number,
): Promise<{ readonly key: string; readonly shares: readonly FoundShare[] }> => {
  const key = await generateX25519Identity()
  const shares = await splitIdentity(
    { ...owner, key: new Secret(key), recipient: await identityToRecipient(key) },
    { k, n },
  )
  return { key, shares: shares.map(written) }
}

const written = (share: Share): FoundShare => {
  const text = printShare(share, checksumOf(shareBody(share)))
  return parseShare(text, `share-${share.index}`, checksumOf)
}

test('any k of n shares give the identity back', async () => {
  for (const [k, n] of [
    [2, 2],
    [2, 3],
    [3, 5],
  ] as const) {
    const { key, shares } = await splitNew(k, n)
    assert.equal(shares.length, n)
    const found = await joinShares(shares.slice(n - k))
    assert.equal(found.key.reveal(), key)
    assert.equal(found.check, owner.check)
    assert.equal((await joinShares(shares)).key.reveal(), key)
  }
})

test('fewer than k are refused with what is lacking, also where one is given twice', async () => {
  const { shares } = await splitNew(3, 4)
  const [a, b] = shares
  assert.ok(a !== undefined && b !== undefined)
  for (const some of [[a], [a, b], [a, b, a]]) {
    const { message } = await refusal('USAGE', joinShares(some))
    assert.match(message, /3 different shares are needed/)
  }
})

test('k-1 shares fit every identity equally: nothing but the length is in them', async () => {
  const { shares } = await splitNew(2, 2)
  const [a, b] = shares.map(({ data }) => Uint8Array.from(data.bytes()))
  assert.ok(a !== undefined && b !== undefined)
  const at = 20
  const found = new Set<number | undefined>()
  for (let byte = 0; byte < 256; byte++) found.add((await combine([a, b.with(at, byte)]))[at])
  assert.equal(found.size, 256)
})

test('a mistyped, cut, foreign or wrong share is named', async () => {
  const { shares } = await splitNew(2, 3)
  const other = await splitNew(2, 3)
  const [a, b, c] = shares
  const [x] = other.shares
  assert.ok(a !== undefined && b !== undefined && c !== undefined && x !== undefined)
  const text = printShare(a, checksumOf(shareBody(a))).reveal()
  const line = text.split('\n').findIndex((one) => one.startsWith('lockstep-share'))
  const start = text.split('\n').slice(0, line).join('\n').length + 1
  for (let at = start + 15; at < text.trimEnd().length; at++) {
    const changed = text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1)
    const refused = codeOf(() => parseShare(new Secret(changed), 'file', checksumOf))
    assert.equal(refused, 'USAGE', `at ${at}`)
    assert.equal(
      codeOf(() => parseShare(new Secret(text.slice(0, at)), 'file', checksumOf)),
      'USAGE',
      `cut at ${at}`,
    )
  }
  const foreign = await refusal('USAGE', joinShares([a, b, x]))
  assert.equal(foreign.at, 'share-1')
  assert.match(foreign.message, /of another recovery identity/)
  const wrong = { ...b, data: new Secret(Uint8Array.from(b.data.bytes(), (byte, i) => (i === 20 ? byte ^ 1 : byte))) }
  assert.match((await refusal('USAGE', joinShares([a, wrong]))).message, /one of these shares is not what was written/)
  const told = await refusal('USAGE', joinShares([a, wrong, c]))
  assert.equal(told.at, 'share-2')
})

test('a share that was copied with blanks, other line ends and in capitals is the same', async () => {
  const { shares } = await splitNew(2, 2)
  const [a] = shares
  assert.ok(a !== undefined)
  const text = printShare(a, checksumOf(shareBody(a))).reveal()
  const folded = text
    .replace(/(lockstep-share.{60})/, '$1\r\n   ')
    .toUpperCase()
    .replaceAll('\n', '\r\n')
  assert.ok(parseShare(new Secret(folded), 'share-1', checksumOf).data.equals(a.data))
})

test('--split takes K/N and nothing else', () => {
  assert.deepEqual(parseSplit('2/3'), { k: 2, n: 3 })
  for (const wrong of ['', '2', '1/3', '3/2', '0/0', '2/17', '2/3/4', '-2/3', '2 / 3']) {
    assert.equal(
      codeOf(() => parseSplit(wrong)),
      'USAGE',
      wrong,
    )
  }
})

test('the recovery identity is read back, and not without the lines that tell a forged backup', async () => {
  const key = await generateX25519Identity()
  const recipient = await identityToRecipient(key)
  const identity = { ...owner, recipient, key: new Secret(key) }
  const text = printRecovery(identity)
  assert.deepEqual(parseRecovery(text, 'f').key.reveal(), key)
  assert.equal(parseRecovery(new Secret(text.reveal().replaceAll('\n', '\r\n ').toLowerCase()), 'f').check, owner.check)
  for (const wrong of [
    '',
    key,
    text.reveal().replace(/# project key.*\n/, ''),
    `${text.reveal()}${key}\n`,
    '# project: shop\n',
  ]) {
    assert.equal(
      codeOf(() => parseRecovery(new Secret(wrong), 'f')),
      'USAGE',
    )
  }
})

test('bech32 as age reads it, for any 32 bytes', async () => {
  for (const bytes of [
    new Uint8Array(32).fill(1),
    new Uint8Array(32).fill(255),
    crypto.getRandomValues(new Uint8Array(32)),
  ]) {
    const identity = bech32('age-secret-key-', bytes).toUpperCase()
    assert.match(await identityToRecipient(identity), /^age1[a-z0-9]{58}$/)
  }
  const known = await generateX25519Identity()
  // as age's own writer spells it
  const words = Array.from(known.slice('AGE-SECRET-KEY-1'.length, -6).toLowerCase(), (letter) =>
    'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.indexOf(letter),
  )
  const bits = words.map((word) => word.toString(2).padStart(5, '0')).join('')
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2))
  assert.equal(bech32('age-secret-key-', bytes).toUpperCase(), known)
})
