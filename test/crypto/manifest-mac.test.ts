import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { promisify } from 'node:util'
import { hasCode } from '../../src/core/errors.ts'
import type { HostManifest } from '../../src/core/runtime/host-manifest.ts'
import { Secret } from '../../src/core/secret.ts'
import { deriveKey, keyedHash, sha256 } from '../../src/crypto/derive.ts'
import { openManifest, sealManifest, unwrapFingerprintKey, wrapFingerprintKey } from '../../src/crypto/manifest-mac.ts'

const random = { bytes: (count: number): Uint8Array => new Uint8Array(randomBytes(count)) }
const password = new Secret('scope password')
const at = 'manifest.json'

const manifest: HostManifest = {
  format: 1,
  project: 'shop',
  environment: 'production',
  host: 'onode1',
  scope: 'container/api',
  generation: { number: 42, id: '0123456789abcdef0123456789abcdef' },
  revision: 17,
  secrets: {
    AWS_KEY: { group: 'aws', version: 3, set: '2026-01-02T03:04:05Z', fingerprint: '0123456789ab' },
    TOKEN: {
      group: 'aws',
      version: 1,
      set: '2026-01-02T03:04:05Z',
      rotated: '2026-02-02T03:04:05Z',
      fingerprint: 'ba9876543210',
    },
  },
  files: { 'aws.env': { sha256: 'ab'.repeat(32), size: 500 } },
  runtime: { rung: 'host', chain: ['file'], uid: 1000 },
  fingerprintKey: 'AAAA',
}

const refused = (text: string, secret: Secret = password): void => {
  assert.throws(
    () => openManifest(text, secret, { at }),
    (error) => hasCode(error, 'TAMPERED'),
    text.slice(0, 80),
  )
}

test('what is sealed opens, whatever its layout', () => {
  const text = sealManifest(manifest, password)
  assert.deepEqual(openManifest(text, password, { at }), manifest)
  assert.deepEqual(openManifest(JSON.stringify(JSON.parse(text)), password, { at }), manifest)
})

test('a wrong password and every change of a value are refused', () => {
  const text = sealManifest(manifest, password)
  refused(text, new Secret('another'))
  const changes: readonly (readonly [string, string])[] = [
    ['"shop"', '"shoq"'],
    ['onode1', 'onode2'],
    ['container/api', 'container/cron'],
    ['42', '43'],
    ['17', '16'],
    ['"version": 3', '"version": 2'],
    ['AWS_KEY', 'AWS_KEZ'],
    ['aws.env', 'awt.env'],
    ['500', '501'],
    ['"host"', '"cloud"'],
    ['"file"', '"file", "aws"'],
    ['"format": 1', '"format": 1, "more": true'],
    [', "uid": 1000', ''],
  ]
  for (const [from, to] of changes) {
    const flat = JSON.stringify(JSON.parse(text)).replaceAll(':', ': ').replaceAll(',', ', ')
    assert.ok(flat.includes(from), from)
    refused(flat.replace(from, to))
  }
})

test('what is no manifest is refused without quoting it', () => {
  for (const text of ['', '{}', '[]', 'null', '{"manifest": {}}', '{"manifest": null, "mac": ""}', 'canary'])
    refused(text)
  try {
    openManifest('canary', password, { at })
  } catch (error) {
    assert.ok(error instanceof Error && !error.message.includes('canary') && error.cause === undefined)
  }
})

test('a right MAC over wrong members is refused as well', () => {
  const seal = (change: object): string => {
    const document = { ...manifest, ...change }
    const mac = Buffer.from(keyedHash(deriveKey(password, 'lockstep/manifest'), Buffer.from(sorted(document))))
    return JSON.stringify({ manifest: document, mac: mac.toString('hex') })
  }
  assert.deepEqual(openManifest(seal({ newer: ['x'] }), password, { at }), manifest)
  for (const change of [{ format: 2 }, { host: '../x' }, { scope: 'x' }, { revision: -1 }, { files: { '../x': {} } }]) {
    refused(seal(change))
  }
  for (const change of [{ revision: 1.5 }, { project: null }, { secrets: { 'a b': manifest.secrets['TOKEN'] } }]) {
    refused(seal(change))
  }
})

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )

test('the MAC is what Python computes', async () => {
  const program = `
import hashlib, hmac, json, sys
sealed = json.load(sys.stdin)
prk = hmac.new(bytes(32), b'scope password', hashlib.sha256).digest()
key = hmac.new(prk, b'lockstep/manifest\\x01', hashlib.sha256).digest()
text = json.dumps(sealed['manifest'], sort_keys=True, separators=(',', ':'), ensure_ascii=False)
print(hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == sealed['mac'])`
  const child = promisify(execFile)('python3', ['-c', program])
  child.child.stdin?.end(sealManifest(manifest, password))
  assert.equal((await child).stdout.trim(), 'True')
})

test('a fingerprint key opens only with its password and in its scope', async () => {
  const scope = { project: 'shop', host: 'onode1', scope: 'host' }
  const key = randomBytes(32)
  const wrapped = await wrapFingerprintKey(key, password, scope, random)
  assert.deepEqual(Buffer.from(await unwrapFingerprintKey(wrapped, password, scope, { at })), key)
  assert.notEqual(wrapped, await wrapFingerprintKey(key, password, scope, random))
  const flipped = Buffer.from(wrapped, 'base64')
  flipped[20] = (flipped[20] ?? 0) ^ 1
  const attempts: readonly (() => Promise<Uint8Array>)[] = [
    () => unwrapFingerprintKey(wrapped, new Secret('x'), scope, { at }),
    () => unwrapFingerprintKey(wrapped, password, { ...scope, host: 'onode2' }, { at }),
    () => unwrapFingerprintKey(wrapped, password, { ...scope, scope: 'container/api' }, { at }),
    () => unwrapFingerprintKey(flipped.toString('base64'), password, scope, { at }),
    () => unwrapFingerprintKey(wrapped.slice(0, 20), password, scope, { at }),
    () => unwrapFingerprintKey('', password, scope, { at }),
  ]
  for (const attempt of attempts) await assert.rejects(attempt, (error) => hasCode(error, 'TAMPERED'))
})

test('derived keys: RFC 5869 without salt and info, and one per purpose', () => {
  const root = new Uint8Array(22).fill(0x0b)
  const okm = '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'
  assert.equal(Buffer.from(deriveKey(root, '', 42)).toString('hex'), okm)
  assert.notDeepEqual(deriveKey(root, 'a'), deriveKey(root, 'b'))
  assert.deepEqual(deriveKey(new Secret(root), 'a'), deriveKey(root, 'a'))
  assert.equal(sha256(new Uint8Array()).slice(0, 8), 'e3b0c442')
})
