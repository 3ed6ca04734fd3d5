import { canonical } from '../core/canonical.ts'
import { fail } from '../core/errors.ts'
import type { Metadata } from '../core/secrets/metadata.ts'
import { macInput } from '../core/secrets/metadata.ts'
import { formatMetadata, parseMetadata, type SealedMetadata } from '../core/secrets/metadata-text.ts'
import { keyedHash } from './derive.ts'
import { engine } from './engine.ts'

/** The text of secrets/metadata.yaml under its MAC. `key` is the project's sub-key `lockstep/metadata`. */
export const sealMetadata = (metadata: Metadata, key: Uint8Array): string =>
  formatMetadata({ metadata, mac: Buffer.from(macOf(metadata, key)).toString('hex') })

/** Reads it back. @throws TAMPERED when the MAC is not of this key and this text; CONFLICT for the marks of a merge */
export const openMetadata = (text: string, key: Uint8Array, options: { readonly at: string }): Metadata =>
  checkMetadata(parseMetadata(text, options.at), key, options)

/** The same of a text that was parsed before. */
export const checkMetadata = (
  { metadata, mac }: SealedMetadata,
  key: Uint8Array,
  options: { readonly at: string },
): Metadata => {
  if (engine.same(Buffer.from(mac, 'hex'), macOf(metadata, key))) return metadata
  throw fail('TAMPERED', 'changed by hand, or of another project', {
    at: options.at,
    hint: `restore it: git checkout -- ${options.at}`,
  })
}

const macOf = (metadata: Metadata, key: Uint8Array): Uint8Array =>
  keyedHash(key, new TextEncoder().encode(canonical(macInput(metadata))))
