import { cutFingerprint, fingerprintInput } from '../core/secrets/fingerprint.ts'
import type { Secret } from '../core/secret.ts'
import { deriveKey, keyedHash } from './derive.ts'

/** Fingerprint of one secret under a fingerprint key (a project's or a host's own). */
export const fingerprint = (key: Uint8Array, name: string, value: Secret): string =>
  cutFingerprint(keyedHash(key, fingerprintInput(name, value.bytes())))

/** The sub-keys of a project's fingerprint key, each for one purpose. `former` are the keys before it, newest first. */
export const projectKeys = (root: Uint8Array, former: readonly Uint8Array[] = []): ProjectKeys => ({
  former: former.map((one) => projectKeys(one)),
  fingerprint: deriveKey(root, 'lockstep/fingerprint'),
  metadata: deriveKey(root, 'lockstep/metadata'),
  ledger: deriveKey(root, 'lockstep/ledger'),
  get log() {
    return deriveKey(root, 'lockstep/log')
  },
  host: (host) => deriveKey(root, `lockstep/host/${host}`),
  backup: () => deriveKey(root, 'lockstep/backup'),
})

export interface ProjectKeys {
  /** For the project's own fingerprints, in secrets/metadata.yaml. */
  readonly fingerprint: Uint8Array
  /** For the MAC of secrets/metadata.yaml. */
  readonly metadata: Uint8Array
  readonly ledger: Uint8Array
  /** For the MACs of the access log. */
  readonly log: Uint8Array
  /** The fingerprint key that one host gets. */
  host(host: string): Uint8Array
  /** What the keys for backups come from (backup-keys.ts). */
  backup(): Uint8Array
  /** Those of the keys before this one, newest first: the fleet may still have what was made under them. */
  readonly former: readonly ProjectKeys[]
}
