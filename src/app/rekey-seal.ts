import { fail, hasCode } from '../core/errors.ts'
import type { Metadata } from '../core/metadata.ts'
import type { FileChange, Ports } from '../core/ports.ts'
import { Secret } from '../core/secret.ts'
import { openVault, sealVault } from '../crypto/ansible-vault.ts'
import { projectKeys } from '../crypto/fingerprint.ts'
import { sealMetadata } from '../crypto/metadata-mac.ts'
import type { GroupFile } from './group-file.ts'
import { openProject } from './open-project.ts'
import type { PasswordPlaces } from './password-places.ts'
import type { Project } from './project.ts'
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
  const isNewKey = after.root !== before.root
  const keyLine = line(Buffer.from(after.root).toString('base64'))
  const sealed = await Promise.all([
    ...after.files.map(({ path, text }) => seal(`${secretsName}/${path}`, text.bytes(), password, label)),
    seal(`${secretsName}/fingerprint-key`, keyLine, password, label),
    ...(after.ledger !== null && isNewKey
      ? [seal(ledgerPath(project), after.ledger.bytes(), ledgerPassword(after.root), 'lockstep-ledger')]
      : []),
  ])
  const wrapped = await wrapForOperators(password, after.metadata, secretsName)
  const stale = before.operatorFiles.filter((path) => !wrapped.some((change) => change.path === path))
  const metadata = line(sealMetadata(after.metadata, projectKeys(after.root).metadata).trimEnd())
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
  const { sealToRecipients } = await import('../crypto/age.ts')
  const line = new TextEncoder().encode(`${password.reveal()}\n`)
  return Promise.all(
    Array.from(operators, async ([name, { recipient }]) => ({
      path: `${secretsName}/operators/${name}.age`,
      bytes: await sealToRecipients(line, [recipient]),
    })),
  )
}

/** Everything opens with the new password to what it was, and nothing with the old one. */
export const readBack = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  password: Secret,
  old: Secret,
  before: readonly GroupFile[],
): Promise<void> => {
  const found = await openProject(ports, project, password).readAll()
  const same = found.length === before.length && found.every((file, index) => before[index]?.text.equals(file.text))
  if (!same) throw fail('INTERNAL', 'the files did not read back as they were')
  const paths = [project.paths.fingerprintKey, ...found.map((file) => `${project.paths.secrets}/${file.path}`)]
  await Promise.all(
    paths.map(async (path) => {
      const bytes = await ports.files.read(path)
      try {
        await openVault(bytes ?? new Uint8Array(), old, { at: path })
      } catch (error) {
        if (hasCode(error, 'TAMPERED')) return
        throw error
      }
      throw fail('INTERNAL', 'still opens with the old password', { at: path })
    }),
  )
}
