import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'

const p = 2n ** 255n - 19n

/** The X25519 public key that goes with an Ed25519 public key: u = (1 + y) / (1 - y). Public numbers only, so the time
 *  it takes says nothing. */
export const edwardsToMontgomery = (point: Uint8Array): Uint8Array => {
  const y = fromLittleEndian(point) & (2n ** 255n - 1n)
  return toLittleEndian(((1n + y) * inverse((1n - y + p) % p)) % p)
}

/** X25519: the shared point of a private key and a public one. @throws for the few points that leave nothing secret */
export const x25519 = (secret: KeyObject, point: Uint8Array): Uint8Array =>
  new Uint8Array(
    diffieHellman({
      privateKey: secret,
      publicKey: createPublicKey({ key: jwk({ x: Buffer.from(point).toString('base64url') }), format: 'jwk' }),
    }),
  )

/** 32 bytes as a private key for `x25519`, which clamps them itself. */
export const x25519Private = (bytes: Uint8Array): KeyObject => {
  // PKCS #8 for one fixed algorithm is a constant and the key.
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), bytes])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}

/** The 32 bytes of a public key. */
export const rawX25519 = (key: KeyObject): Uint8Array =>
  new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url'))

const jwk = (fields: { readonly x: string }): { readonly kty: string; readonly crv: string; readonly x: string } => ({
  kty: 'OKP',
  crv: 'X25519',
  ...fields,
})

const inverse = (value: bigint): bigint => {
  let [result, base] = [1n, value]
  for (let exponent = p - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % p
    base = (base * base) % p
  }
  return result
}

const fromLittleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)

const toLittleEndian = (value: bigint): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse())
