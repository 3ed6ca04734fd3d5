import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeEngine } from '../../src/crypto/engine-node.ts'

/** RFC 4231, 4.2 to 4.8 (4.6, which is cut short, aside), and an empty key. */
const vectors: readonly (readonly [name: string, key: Buffer, text: Buffer, hash: string])[] = [
  [
    'a short key',
    Buffer.alloc(20, 0x0b),
    Buffer.from('Hi There'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    'a key of text',
    Buffer.from('Jefe'),
    Buffer.from('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    'fifty bytes',
    Buffer.alloc(20, 0xaa),
    Buffer.alloc(50, 0xdd),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    'a key longer than a block',
    Buffer.alloc(131, 0xaa),
    Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    'key and text longer than a block',
    Buffer.alloc(131, 0xaa),
    Buffer.from(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
  ['nothing', Buffer.alloc(0), Buffer.alloc(0), 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad'],
]

for (const [name, key, text, hash] of vectors) {
  test(`hmac: ${name}`, () => assert.equal(Buffer.from(nodeEngine.hmac(key, text)).toString('hex'), hash))
}

test('hmac: a key that does not begin where its memory does', () => {
  const [, key, text, hash] = vectors[0] ?? assert.fail()
  const memory = Buffer.concat([Buffer.alloc(7, 1), key, Buffer.alloc(7, 2)])
  assert.equal(Buffer.from(nodeEngine.hmac(memory.subarray(7, -7), text)).toString('hex'), hash)
})
