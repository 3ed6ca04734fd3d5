/** Run by bun, which has both: what one engine computes, the other does too. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { engine } from '../../src/crypto/engine.ts'
import { bunEngine } from '../../src/crypto/engine-bun.ts'
import { nodeEngine } from '../../src/crypto/engine-node.ts'

const engines = [
  [bunEngine, nodeEngine],
  [nodeEngine, bunEngine],
] as const
/** Not at the start of its memory: a view is more than its buffer. */
const bytes = (count: number): Uint8Array => new Uint8Array(randomBytes(count + 3)).subarray(3)
const hex = (found: Uint8Array | null): string | null => (found === null ? null : Buffer.from(found).toString('hex'))

assert.equal(engine, bunEngine)
for (const size of [0, 1, 15, 16, 17, 64, 65, 4096, 1024 * 1024]) {
  const [key, counter, nonce, text] = [bytes(32), bytes(16), bytes(12), bytes(size)]
  // so that the counter carries over all of its bytes
  if (size > 4096) counter.fill(0xff)
  const keys = { key, nonce, additional: bytes(size % 100) }
  assert.equal(hex(bunEngine.hmac(key, text)), hex(nodeEngine.hmac(key, text)))
  assert.equal(hex(bunEngine.hmac(text, key)), hex(nodeEngine.hmac(text, key)))
  assert.equal(hex(bunEngine.sha256(text)), hex(nodeEngine.sha256(text)))
  assert.equal(hex(await bunEngine.ctr(key, counter, text)), hex(await nodeEngine.ctr(key, counter, text)))
  assert.equal(hex(await bunEngine.seal(keys, text)), hex(await nodeEngine.seal(keys, text)))
  for (const [one, other] of engines) {
    const sealed = await one.seal(keys, text)
    assert.equal(hex(await other.open(keys, sealed)), hex(text))
    for (const at of [0, sealed.length - 1]) {
      const changed = Uint8Array.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      assert.equal(await other.open(keys, changed), null)
    }
    assert.equal(await other.open({ ...keys, additional: bytes(7) }, sealed), null)
    assert.equal(await other.open(keys, sealed.subarray(0, 15)), null)
  }
}
for (const [password, salt] of [
  ['p', 's'],
  ['a password', 'x'.repeat(1024)],
  ['é'.repeat(100), '\0'],
] as const) {
  const call = [Buffer.from(password), Buffer.from(salt), 1000, 80] as const
  assert.equal(hex(await bunEngine.stretch(...call)), hex(await nodeEngine.stretch(...call)))
}
for (const one of [bunEngine, nodeEngine]) {
  assert.equal(hex(one.sha256('text')), hex(nodeEngine.sha256(Buffer.from('text'))))
  const text = bytes(32)
  assert.equal(one.same(text, Uint8Array.from(text)), true)
  assert.equal(one.same(text, bytes(32)), false)
  assert.equal(one.same(text, text.subarray(1)), false)
}
console.log('agree')
