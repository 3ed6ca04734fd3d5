import type { Container } from '../../core/backup/container.ts'
import { fail } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { isOurs, openArchive } from '../../crypto/backup-archive.ts'
import type { BackupKeys } from '../../crypto/backup-keys.ts'
import { backupKeys } from '../../crypto/backup-keys.ts'
import type { ProjectKeys } from '../../crypto/fingerprint.ts'

/** The keys for backups of the project key in force and of those before it, newest first. */
export type Keyring = readonly [BackupKeys, ...BackupKeys[]]

export const keyringOf = (keys: ProjectKeys): Keyring => [
  backupKeys(keys.backup()),
  ...keys.former.map((one) => backupKeys(one.backup())),
]

/** Opens an archive with what the project itself has. Null for one of an older project key, which only the recovery
 *  identity opens.
 *  @throws TAMPERED for a changed one, or one that somebody else made; CONFLICT */
export const openOwnArchive = async (
  bytes: Uint8Array,
  keyring: Keyring,
  options: { readonly at: string },
): Promise<Container | null> => {
  const identities = keyring.map(({ identity }) => new Secret(identity))
  const container = await openArchive(bytes, identities, options)
  if (container === null || keyring.some((keys) => isOurs(container, keys))) return container
  throw fail('TAMPERED', 'this backup was not made by who has the project key', options)
}
