import { absolutePath } from '../../core/absolute-path.ts'
import { parseRecovery } from '../../core/backup/recovery-text.ts'
import { parseShare } from '../../core/backup/share-text.ts'
import { fail, hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'

/** What opens an archive without its project, and what the archive has to be of. */
export interface RecoveryKey {
  readonly project: string
  readonly environment: string
  readonly check: string
  readonly key: Secret
}

export interface KeyFiles {
  /** File with the recovery identity. */
  readonly identity: string | null
  /** Files with one share each. */
  readonly shares: readonly string[]
}

/** The recovery identity from its file, or from shares of it. Null when none is named.
 *  @throws NOT_FOUND; UNSAFE for a file that others can read; USAGE naming what is wrong with which file */
export const findRecoveryKey = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  { identity, shares }: KeyFiles,
): Promise<RecoveryKey | null> => {
  if (identity !== null && shares.length > 0) {
    throw fail('USAGE', '--identity and --share are two ways to the same', { hint: 'give one of the two' })
  }
  if (shares.length > 0) {
    const { checksumOf, joinShares } = await import('../../crypto/shares.ts')
    const found = await Promise.all(shares.map(async (at) => parseShare(await readKeyFile(ports, at), at, checksumOf)))
    return joinShares(found)
  }
  if (identity === null) return null
  const { recipientOf } = await import('../../crypto/backup-archive.ts')
  const found = parseRecovery(await readKeyFile(ports, identity), identity)
  await recipientOf(found.key, { at: identity })
  return found
}

const readKeyFile = async ({ files, machine }: Pick<Ports, 'files' | 'machine'>, path: string): Promise<Secret> => {
  try {
    const bytes = await files.read(absolutePath(path, machine.cwd), { private: true, fifo: true, max: 64 * 1024 })
    if (bytes !== null) return new Secret(bytes)
  } catch (cause) {
    if (!hasCode(cause, 'UNSAFE') || cause.hint !== undefined) throw cause
    throw fail('UNSAFE', cause.message, { at: path, hint: `chmod 600 ${pathWord(path)}`, cause })
  }
  throw fail('NOT_FOUND', 'no such file', { at: path, hint: 'a path is meant here, never the identity itself' })
}
