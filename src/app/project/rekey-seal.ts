import { fail } from '../../core/errors.ts'
import type { Metadata } from '../../core/secrets/metadata.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { openVault, sealVault } from '../../crypto/ansible-vault.ts'
import { projectKeys } from '../../crypto/fingerprint.ts'
import { sealMetadata } from '../../crypto/metadata-mac.ts'
import type { PasswordPlaces } from './password-places.ts'
import type { Project } from './project.ts'
import { printProjectKey } from './project-key.ts'
import { ledgerPassword, ledgerPath, type Everything } from './rekey-state.ts'

/** The files of the transaction; each was opened again before it is one. */
export const sealEverything = async (
  { random, files }: Pick<Ports, 'files' | 'random'>,
  project: Project,
  password: Secret,
  before: Everything,
  after: Everything,
  places: PasswordPlaces,
): Promise<readonly FileChange[]> => {
  const { secretsName } = project.paths
  const seal = async (path: string, plaintext: Uint8Array, key: Secret, label: string): Promise<FileChange> => {
    const bytes = await sealVault(plaintext, key, { label, random })
    const opened = await openVault(bytes, key, { at: path })
    if (!new Secret(opened.plaintext).equals(new Secret(plaintext)))
      throw fail('INTERNAL', 'sealed wrongly', { at: path })
    return { path, bytes }
  }
  const line = (text: string): Uint8Array => new TextEncoder().encode(`${text}\n`)
  const label = project.manifest.project
  const isNewKey = after.key !== before.key
  const keyText = new TextEncoder().encode(printProjectKey(after.key))
  const sealed = await Promise.all([
    ...after.files.map(({ path, text }) => seal(`${secretsName}/${path}`, text.bytes(), password, label)),
    seal(`${secretsName}/fingerprint-key`, keyText, password, label),
    ...(after.ledger !== null && isNewKey
      ? [seal(ledgerPath(project), after.ledger.bytes(), ledgerPassword(after.key.root), 'lockstep-ledger')]
      : []),
  ])
  const wrapped = await wrapForOperators(password, after.metadata, secretsName)
  const stale = before.operatorFiles.filter((path) => !wrapped.some((change) => change.path === path))
  const metadata = line(sealMetadata(after.metadata, projectKeys(after.key.root).metadata).trimEnd())
  const unchanged = await files.read(project.paths.metadata, { under: project.root })
  return [
    ...sealed,
    ...wrapped,
    ...stale.map((path) => ({ path, bytes: null })),
    ...(unchanged !== null && Buffer.from(unchanged).equals(metadata)
      ? []
      : [{ path: `${secretsName}/metadata.yaml`, bytes: metadata }]),
    ...places.files.map((path) => ({ path, bytes: line(password.reveal()) })),
  ]
}

const wrapForOperators = async (
  password: Secret,
  { operators }: Metadata,
  secretsName: string,
): Promise<readonly FileChange[]> => {
  if (operators.size === 0) return []
  const { sealToRecipients } = await import('../../crypto/age.ts')
  const line = new TextEncoder().encode(`${password.reveal()}\n`)
  return Promise.all(
    Array.from(operators, async ([name, { recipient }]) => ({
      path: `${secretsName}/operators/${name}.age`,
      bytes: await sealToRecipients(line, [recipient]),
    })),
  )
}

/** What is on the disk is what was sealed, and each of that was opened before.
 *  @throws INTERNAL */
export const readBack = async (
  { files }: Pick<Ports, 'files'>,
  root: string,
  changes: readonly FileChange[],
): Promise<void> => {
  await Promise.all(
    changes.map(async ({ path, bytes }) => {
      const found = await files.read(`${root}/${path}`, { under: root })
      const same = bytes === null || found === null ? found === bytes : Buffer.from(found).equals(bytes)
      if (!same) throw fail('INTERNAL', 'did not read back as it was written', { at: path })
    }),
  )
}
