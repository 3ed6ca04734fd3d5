import type { BackupList } from '../../core/backup/backup-list.ts'
import { newestOf } from '../../core/backup/backup-list.ts'
import { hasCode } from '../../core/errors.ts'
import { hostText } from '../../core/host-text.ts'
import { judgeArchives, type ArchiveProblem } from '../../core/backup/judge-archives.ts'
import type { Ports } from '../../core/ports.ts'
import { isoTime } from '../../core/secrets/metadata.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { OpenProject } from '../project/open-project.ts'
import { openOwnArchive, type Keyring } from './backup-keyring.ts'
import { noteOf } from './backup-note.ts'
import { fetchCopies, listCopies, putCopy, type CopyHost } from './host-copies.ts'
import { usualCopies } from './run-backup.ts'
import type { VerifiedHere } from './verify-here.ts'
import { visitHosts, type VisitOptions, type Visited } from './visit-hosts.ts'

/** What was found among the copies of one host. */
export interface VerifiedCopies {
  /** Copies that were fetched and are, byte for byte, what was written. */
  readonly compared: number
  /** Archives of this project that another clone made. */
  readonly elsewhere: number
  readonly problems: readonly ArchiveProblem[]
}

/** Fetches every copy on the hosts and compares its bytes with what was written. Hosts learn when that was.
 *  @throws as visitHosts */
export const verifyHosts = (
  ports: Ports,
  open: OpenProject,
  { here, keyring }: { readonly here: VerifiedHere; readonly keyring: Keyring },
  options: Pick<VisitOptions, 'hosts' | 'arguments' | 'onHost'>,
): Promise<readonly Visited<VerifiedCopies>[]> => {
  const { list, good } = here
  const newest = newestOf({ ...list, backups: list.backups.filter(({ name }) => good.has(name)) })
  const note = newest === null ? null : noteOf(open.project, newest, isoTime(ports.clock.now()), keyring)
  const also = [...new Set(list.backups.flatMap(({ copies }) => copies))]
  const count = open.project.manifest.backup.copies ?? usualCopies
  return visitHosts(ports, open, { ...options, count, also }, async (host) => {
    const found = await verifyCopies(host, list, keyring)
    if (note !== null) await putCopy(host, { note, archive: null })
    return found
  })
}

const verifyCopies = async (host: CopyHost, list: BackupList, keyring: Keyring): Promise<VerifiedCopies> => {
  const listed = await listCopies(host)
  const bytes = await fetchCopies(host, listed)
  const digests = new Map(Array.from(bytes, ([name, one]) => [name, sha256(one)]))
  const expected = list.backups.filter(({ copies }) => copies.includes(host.channel.name))
  const judged = judgeArchives(digests, expected, list.backups)
  const problems: ArchiveProblem[] = []
  let elsewhere = 0
  for (const problem of judged) {
    const own = bytes.get(problem.name)
    if (problem.kind === 'extra' && own !== undefined && (await isOfOurs(own, keyring))) elsewhere++
    else problems.push({ ...problem, name: hostText(problem.name), message: hostText(problem.message) })
  }
  const isSame = ({ name, digest }: { readonly name: string; readonly digest: string }): boolean =>
    digests.get(name) === digest
  return { compared: list.backups.filter(isSame).length, elsewhere, problems }
}

/** Another clone of this project made it: it opens, and only who has the project key can make such. */
const isOfOurs = async (bytes: Uint8Array, keyring: Keyring): Promise<boolean> => {
  try {
    return (await openOwnArchive(bytes, keyring, { at: 'copy' })) !== null
  } catch (error) {
    if (hasCode(error, 'TAMPERED', 'CONFLICT')) return false
    throw error
  }
}
