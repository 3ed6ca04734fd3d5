const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const

/** Bytes as age spells a key of its own: BIP 173, small letters. Only what is written here is ever read by age itself,
 *  whose reader checks it. */
export const bech32 = (prefix: string, bytes: Uint8Array): string => {
  const words = fives(bytes)
  const head = Array.from(prefix, (letter) => letter.charCodeAt(0))
  const expanded = [...head.map((code) => code >> 5), 0, ...head.map((code) => code & 31)]
  const sum = checksum([...expanded, ...words, 0, 0, 0, 0, 0, 0]) ^ 1
  const tail = [25, 20, 15, 10, 5, 0].map((shift) => (sum >> shift) & 31)
  return `${prefix}1${[...words, ...tail].map((word) => letters[word] ?? '').join('')}`
}

const fives = (bytes: Uint8Array): readonly number[] => {
  const words: number[] = []
  let [held, bits] = [0, 0]
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5;) words.push((held >> (bits -= 5)) & 31)
  }
  if (bits > 0) words.push((held << (5 - bits)) & 31)
  return words
}

const checksum = (values: readonly number[]): number =>
  values.reduce((sum, value) => {
    const top = sum >> 25
    const next = ((sum & 0x1ffffff) << 5) ^ value
    return generators.reduce((mixed, generator, i) => (((top >> i) & 1) === 1 ? mixed ^ generator : mixed), next)
  }, 1)
