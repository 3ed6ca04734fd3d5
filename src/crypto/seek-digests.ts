import { outlineOf } from '../core/audit/outline.ts'
import type { SoughtForm } from '../core/audit/sought.ts'
import type { Random } from '../core/ports.ts'
import { keyedHash } from './derive.ts'

const keyLength = 32
const digestLength = 16

/** What a host needs to find these forms in what it reads without being told them: a key of this run alone, then for
 *  each form its keyed digest (16 bytes), its length (2 bytes) and how it begins (2 bytes). */
export const seekDigests = (random: Pick<Random, 'bytes'>, forms: readonly Pick<SoughtForm, 'bytes'>[]): Uint8Array => {
  const key = random.bytes(keyLength)
  const entry = digestLength + 4
  const all = new Uint8Array(keyLength + entry * forms.length)
  const view = new DataView(all.buffer)
  all.set(key)
  for (const [index, { bytes }] of forms.entries()) {
    const at = keyLength + entry * index
    all.set(keyedHash(key, bytes.bytes()).subarray(0, digestLength), at)
    view.setUint16(at + digestLength, bytes.bytes().length)
    view.setUint16(at + digestLength + 2, outlineOf(bytes.bytes()))
  }
  return all
}
