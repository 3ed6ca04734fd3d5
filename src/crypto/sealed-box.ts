import { randomBytes } from 'node:crypto'
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { blake2b } from '@noble/hashes/blake2.js'
import { fail } from '../core/errors.ts'

/** libsodium's sealed box (`crypto_box_seal`): only who has the private half of `recipient` can open it, and nobody can
 *  tell who made it. 32 bytes of a public key used once, then XSalsa20-Poly1305 under HSalsa20 of the X25519 secret, its
 *  nonce BLAKE2b-192 of both public keys. Source: libsodium's documentation, "Sealed boxes".
 *  @throws TAMPERED for what is no public key */
export const sealedBox = (
  message: Uint8Array,
  recipient: Uint8Array,
  /** For tests alone. */
  once: Uint8Array = new Uint8Array(randomBytes(32)),
): Uint8Array => {
  const share = x25519.getPublicKey(once)
  const nonce = blake2b(new Uint8Array([...share, ...recipient]), { dkLen: 24 })
  const box = xsalsa20poly1305(boxKey(sharedSecret(once, recipient)), nonce).encrypt(message)
  const whole = new Uint8Array(share.length + box.length)
  whole.set(share)
  whole.set(box, share.length)
  return whole
}

const sharedSecret = (secret: Uint8Array, recipient: Uint8Array): Uint8Array => {
  try {
    // a point of low order, whose shared secret everybody knows, is refused
    return x25519.getSharedSecret(secret, recipient)
  } catch (cause) {
    throw fail('TAMPERED', 'not a public key that something can be sealed to', { cause })
  }
}

/** The first key that NaCl derives from a shared secret: HSalsa20 with a nonce of zeros. */
const boxKey = (shared: Uint8Array): Uint8Array => {
  const [constants, secret, out] = [
    words(new TextEncoder().encode('expand 32-byte k')),
    words(shared),
    new Uint32Array(8),
  ]
  hsalsa(constants, secret, new Uint32Array(4), out)
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  out.forEach((word, index) => view.setUint32(index * 4, word, true))
  return bytes
}

const words = (bytes: Uint8Array): Uint32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true))
}
