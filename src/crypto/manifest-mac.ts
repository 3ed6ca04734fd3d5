import { canonical, type Canonical } from '../core/canonical.ts'
import { fail, type SecretsError } from '../core/errors.ts'
import { parseHostManifest, type HostManifest } from '../core/runtime/host-manifest.ts'
import type { Random } from '../core/ports.ts'
import type { Secret } from '../core/secret.ts'
import { deriveKey, keyedHash } from './derive.ts'
import { engine } from './engine.ts'

/** The text of manifest.json: the manifest and its MAC, keyed from the scope password. */
export const sealManifest = (manifest: HostManifest, password: Secret): string => {
  const document = plain({ ...manifest })
  if (!isCanonical(document)) throw fail('INTERNAL', 'a manifest that cannot be authenticated')
  return `${JSON.stringify({ manifest: document, mac: macOf(document, password).toString('hex') }, null, 1)}\n`
}

/** Verifies and reads manifest.json. @throws TAMPERED for a wrong password, a changed manifest or another format */
export const openManifest = (text: string, password: Secret, options: { readonly at: string }): HostManifest => {
  const { manifest, mac } = parseSealed(text, options.at)
  if (!engine.same(Buffer.from(mac, 'hex'), macOf(manifest, password))) {
    throw tampered('wrong password, or the manifest was changed', options.at)
  }
  return parseHostManifest(manifest, options.at)
}

/** Which scope a wrapped key belongs to: part of what is authenticated, so that it opens nowhere else. */
export interface ScopeName {
  readonly project: string
  readonly host: string
  readonly scope: string
}

/** A host's fingerprint key sealed for one scope, as base64: AES-256-GCM, nonce, ciphertext and tag in a row. */
export const wrapFingerprintKey = async (
  key: Uint8Array,
  password: Secret,
  scope: ScopeName,
  random: Random,
): Promise<string> => {
  const nonce = random.bytes(nonceLength)
  const sealed = await engine.seal({ key: deriveKey(password, wrapping), nonce, additional: additional(scope) }, key)
  return Buffer.concat([nonce, sealed]).toString('base64')
}

/** @throws TAMPERED for a wrong password, another scope, or a changed text */
export const unwrapFingerprintKey = async (
  wrapped: string,
  password: Secret,
  scope: ScopeName,
  options: { readonly at: string },
): Promise<Uint8Array> => {
  const bytes = Buffer.from(wrapped, 'base64')
  if (bytes.length < nonceLength + tagLength || bytes.toString('base64') !== wrapped) {
    throw tampered('the fingerprint key is damaged', options.at)
  }
  const keys = { key: deriveKey(password, wrapping), nonce: bytes.subarray(0, nonceLength) }
  const opened = await engine.open({ ...keys, additional: additional(scope) }, bytes.subarray(nonceLength))
  if (opened !== null) return new Uint8Array(opened)
  throw tampered('the fingerprint key is not of this scope, or was changed', options.at)
}

const wrapping = 'lockstep/fingerprint-key'
const nonceLength = 12
const tagLength = 16

const additional = ({ project, host, scope }: ScopeName): Buffer => Buffer.from([project, host, scope].join('\0'))

const macOf = (manifest: Canonical, password: Secret): Buffer =>
  Buffer.from(keyedHash(deriveKey(password, 'lockstep/manifest'), Buffer.from(canonical(manifest))))

const parseSealed = (text: string, at: string): { readonly manifest: Canonical; readonly mac: string } => {
  let sealed: unknown
  try {
    sealed = JSON.parse(text)
  } catch (error) {
    // The parser's own message quotes the text: it is not kept.
    if (error instanceof SyntaxError) throw tampered('not readable JSON', at)
    throw error
  }
  if (typeof sealed === 'object' && sealed !== null && 'manifest' in sealed && 'mac' in sealed) {
    const { manifest, mac } = sealed
    if (typeof mac === 'string' && /^[0-9a-f]{64}$/.test(mac) && isCanonical(manifest)) return { manifest, mac }
  }
  throw tampered('not a manifest', at)
}

/** Members that are undefined are no members. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const isCanonical = (value: unknown): value is Canonical => {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value === 'boolean') return true
  return typeof value === 'object' && value !== null && Object.values(value).every(isCanonical)
}

const tampered = (message: string, at: string): SecretsError =>
  fail('TAMPERED', message, { at, hint: 'deliver it again: lockstep deploy' })
