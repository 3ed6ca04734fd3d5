const encoder = new TextEncoder()

/** What a fingerprint is computed over: name and value, each behind its length, so that no two pairs share bytes. */
export const fingerprintInput = (name: string, value: Uint8Array): Uint8Array => {
  const key = encoder.encode(name)
  const input = new Uint8Array(8 + key.length + value.length)
  const view = new DataView(input.buffer)
  view.setUint32(0, key.length)
  input.set(key, 4)
  view.setUint32(4 + key.length, value.length)
  input.set(value, 8 + key.length)
  return input
}

/** The first 48 bits of the keyed hash, as 12 hex digits: says "same or not" and nothing else. */
export const cutFingerprint = (hash: Uint8Array): string => {
  let text = ''
  for (const byte of hash.subarray(0, 6)) text += hexDigits[byte] ?? ''
  return text
}

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export const isFingerprint = (text: string): boolean => /^[0-9a-f]{12}$/.test(text)
