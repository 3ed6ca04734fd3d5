import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { formatDotenvEntry } from '../../src/core/formats/dotenv.ts'
import type { HostManifest } from '../../src/core/runtime/host-manifest.ts'
import { Secret } from '../../src/core/secret.ts'
import { sealVault } from '../../src/crypto/ansible-vault.ts'
import { fingerprint } from '../../src/crypto/fingerprint.ts'
import { sealManifest, wrapFingerprintKey } from '../../src/crypto/manifest-mac.ts'
import { random } from '../../src/io/random.ts'

/** The key that the test host's fingerprints are made with. */
export const hostKey: Uint8Array = new Uint8Array(32).fill(7)

export interface ScopeOptions {
  readonly number?: number
  readonly password?: string
  /** Set in the manifest before it is sealed. */
  readonly manifest?: Partial<HostManifest>
}

/** Groups of names and values; each becomes a file, and all of them the union. */
export type Groups = Readonly<Record<string, Readonly<Record<string, string>>>>

/** What one scope of one generation has on a host, by name below its directory, as the deploy side makes it. */
export const scopeFiles = async (groups: Groups, options: ScopeOptions = {}): Promise<Map<string, Uint8Array>> => {
  const { number = 42, password: word = `password of ${number}, which is long enough` } = options
  const password = new Secret(word)
  const scope = { project: 'shop', host: 'onode1', scope: 'container/api' }
  const plain: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['all-secrets.env', Object.assign({}, ...Object.values(groups))],
    ...Object.entries(groups).map(([group, values]) => [`${group}.env`, values] as const),
  ]
  const sealed = await Promise.all(
    plain.map(async ([name, values]) => {
      const text = Object.entries(values).map(([key, value]) => `${formatDotenvEntry(key, new Secret(value))}\n`)
      return [
        name,
        await sealVault(new TextEncoder().encode(text.join('')), password, { label: 'shop', random }),
      ] as const
    }),
  )
  const secrets = Object.entries(groups).flatMap(([group, values]) =>
    Object.entries(values).map(
      ([name, value]) =>
        [
          name,
          {
            group,
            version: 3,
            set: '2026-01-01T00:00:00Z',
            fingerprint: fingerprint(hostKey, name, new Secret(value)),
          },
        ] as const,
    ),
  )
  const manifest: HostManifest = {
    format: 1,
    ...scope,
    environment: 'production',
    generation: { number, id: number.toString(16).padStart(32, '0') },
    revision: 7,
    secrets: Object.fromEntries(secrets),
    files: Object.fromEntries(
      sealed.map(([name, bytes]) => [
        name,
        { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length },
      ]),
    ),
    runtime: { rung: 'host', chain: ['file'] },
    fingerprintKey: await wrapFingerprintKey(hostKey, password, scope, random),
    ...options.manifest,
  }
  return new Map([
    ['vault-password', new TextEncoder().encode(`${word}\n`)],
    ...sealed.map(([name, bytes]) => [`secrets/${name}`, bytes] as const),
    ['secrets/manifest.json', new TextEncoder().encode(sealManifest(manifest, password))],
  ])
}

/** Puts such files below `root`, 0600, replacing what is there. */
export const writeScope = (root: string, files: ReadonlyMap<string, Uint8Array>): void => {
  mkdirSync(`${root}/secrets`, { recursive: true, mode: 0o700 })
  for (const [name, bytes] of files) {
    writeFileSync(`${root}/${name}`, bytes, { mode: 0o600 })
    chmodSync(`${root}/${name}`, 0o600)
  }
}
