import { parseDotenv } from '../../core/formats/dotenv.ts'
import { fail, type SecretsError } from '../../core/errors.ts'
import type { HostManifest } from '../../core/runtime/host-manifest.ts'
import { quoteName, unionFile } from '../../core/names.ts'
import type { Secret } from '../../core/secret.ts'
import { openVault } from '../../crypto/ansible-vault.ts'
import { sha256 } from '../../crypto/derive.ts'
import { fingerprint } from '../../crypto/fingerprint.ts'
import { openManifest, unwrapFingerprintKey } from '../../crypto/manifest-mac.ts'
import { scopeDigest } from '../../crypto/scope-digest.ts'
import { manifestFile, type ScopeBytes } from './read-scope.ts'

/** A scope opened, and all that its manifest says of it found true. */
export interface OpenScope {
  /** Null in a layout made by hand: then nothing is verified but each file by itself. */
  readonly manifest: HostManifest | null
  readonly secrets: ReadonlyMap<string, Secret>
  /** The group of each secret; null where only the union was there to ask. */
  readonly groups: ReadonlyMap<string, string | null>
  /** Fingerprint over all secrets; null without a manifest. */
  readonly digest: string | null
}

/** Verifies and decrypts. `directory` is only for messages.
 *  @throws TAMPERED for anything that does not belong together: another generation's password, a file that is not the
 *  manifest's, secrets that are not its secrets. CONFIG for a file that is no dotenv file */
export const openScope = async (bytes: ScopeBytes, password: Secret, directory: string): Promise<OpenScope> => {
  const at = `${directory}/${manifestFile}`
  // The key derivation takes most of the time, in a thread of its own: what we verify meanwhile costs nothing.
  const opening = Promise.all([...bytes.files].map(([name, file]) => openFile(name, file, password, directory)))
  const [opened, manifest] = await Promise.all([opening, verified(bytes, password, directory)])
  const secrets = union(opened, directory)
  if (manifest === null) return { manifest, secrets, groups: groupsByFile(opened), digest: null }
  const key = await unwrapFingerprintKey(manifest.fingerprintKey, password, manifest, { at })
  checkSecrets(manifest, secrets, key, at)
  const groups = new Map(Object.entries(manifest.secrets).map(([name, { group }]) => [name, group]))
  return { manifest, secrets, groups, digest: scopeDigest(key, secrets) }
}

const verified = async (bytes: ScopeBytes, password: Secret, directory: string): Promise<HostManifest | null> => {
  if (bytes.manifest === null) return null
  const at = `${directory}/${manifestFile}`
  const manifest = openManifest(new TextDecoder().decode(bytes.manifest), password, { at })
  checkFiles(manifest, bytes, directory)
  return manifest
}

const checkFiles = (manifest: HostManifest, bytes: ScopeBytes, directory: string): void => {
  if (bytes.files.size === 0) throw mixed('the manifest names files that are not there', directory)
  for (const [name, file] of bytes.files) {
    const said = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined
    if (said === undefined || said.size !== file.length || said.sha256 !== sha256(file)) {
      throw mixed(`${name} is not the file that the manifest names`, `${directory}/${name}`)
    }
  }
}

interface OpenedFile {
  readonly name: string
  readonly entries: ReadonlyMap<string, Secret>
}

const openFile = async (name: string, file: Uint8Array, password: Secret, directory: string): Promise<OpenedFile> => {
  const at = `${directory}/${name}`
  const { plaintext } = await openVault(file, password, { at })
  const entries = new Map(parseDotenv(new TextDecoder().decode(plaintext), { at }).map((one) => [one.name, one.value]))
  plaintext.fill(0)
  return { name, entries }
}

/** Files of groups hold different names; the same name twice is the same value, or nobody knows which is meant. */
const union = (opened: readonly OpenedFile[], directory: string): ReadonlyMap<string, Secret> => {
  const all = new Map<string, Secret>()
  for (const { name: file, entries } of opened) {
    for (const [name, value] of entries) {
      if (all.get(name)?.equals(value) === false) {
        throw fail('CONFLICT', `${name} has another value in ${file} than in another file`, {
          at: directory,
          hint: 'only one of the two files should have it: lockstep deploy on the control host writes them anew',
        })
      }
      all.set(name, value)
    }
  }
  return all
}

const groupsByFile = (opened: readonly OpenedFile[]): ReadonlyMap<string, string | null> => {
  const isUnion = opened.length === 1 && opened[0]?.name === unionFile
  return new Map(
    opened.flatMap(({ name, entries }) =>
      [...entries.keys()].map((secret) => [secret, isUnion ? null : name.slice(0, -'.env'.length)] as const),
    ),
  )
}

const checkSecrets = (
  manifest: HostManifest,
  secrets: ReadonlyMap<string, Secret>,
  key: Uint8Array,
  at: string,
): void => {
  for (const name of secrets.keys()) {
    if (!Object.hasOwn(manifest.secrets, name)) throw mixed(`${quoteName(name)} is not in the manifest`, at)
  }
  for (const [name, said] of Object.entries(manifest.secrets)) {
    const value = secrets.get(name)
    if (value === undefined) throw mixed(`${quoteName(name)} is in the manifest and not in the file`, at)
    if (fingerprint(key, name, value) !== said.fingerprint) throw mixed(`${quoteName(name)} has another value`, at)
  }
}

const mixed = (message: string, at: string): SecretsError =>
  fail('TAMPERED', message, { at, hint: 'password and files of one generation belong together: lockstep deploy' })
