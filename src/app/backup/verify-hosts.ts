import { longestArchive } from '../../core/backup/belongs.ts'
import type { BackupList, ListedBackup } from '../../core/backup/backup-list.ts'
import { holdersIn, newestOf } from '../../core/backup/backup-list.ts'
import { isoTime } from '../../core/duration.ts'
import { hasCode } from '../../core/errors.ts'
import { hostText } from '../../core/host-text.ts'
import { judgeArchives, type ArchiveProblem } from '../../core/backup/judge-archives.ts'
import type { Ports } from '../../core/ports.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { Project } from '../project/project.ts'
import { openOwnArchive, type Keyring } from './backup-keyring.ts'
import { noteOf } from './backup-note.ts'
import { fetchCopies, listCopies, putCopy, type CopyHost, type ListedCopy } from './host-copies.ts'
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

/** Bytes of archives that are not whole here, from the first host that has them; and from which. */
export type Fetched = Map<string, { readonly host: string; readonly bytes: Uint8Array }>

export interface VerifiedFor {
  readonly here: VerifiedHere
  readonly keyring: Keyring
  /** Filled where it has names: with what is wanted back. */
  readonly fetched: Fetched
  readonly wanted: ReadonlySet<string>
  /** Hosts are not told either. */
  readonly check: boolean
}

/** Fetches every copy on the hosts and compares its bytes with what was written. Hosts learn when that was.
 *  @throws as visitHosts */
export const verifyHosts = (
  ports: Ports,
  open: OpenProject,
  { here, keyring, fetched, wanted, check }: VerifiedFor,
  options: Pick<VisitOptions, 'hosts' | 'arguments' | 'onHost'>,
): Promise<readonly Visited<VerifiedCopies>[]> => {
  const { list } = here
  const note = check ? null : newestNoteHere(ports, open.project, here, keyring)
  const also = holdersIn(list.backups)
  const count = open.project.manifest.backup.copies ?? usualCopies
  return visitHosts(ports, open, { ...options, count, also }, async (host) => {
    const found = await verifyCopies(host, list, keyring, (listed, bytes) => {
      const { name } = listed
      if (wanted.has(name) && !fetched.has(name)) fetched.set(name, { host: host.channel.name, bytes })
    })
    if (note !== null) await putCopy(host, { note, archive: null })
    return found
  })
}

/** What hosts are told of the newest that is whole here; null: none is. */
export const newestNoteHere = (
  { clock }: Pick<Ports, 'clock'>,
  project: Project,
  { list, good }: VerifiedHere,
  keyring: Keyring,
): string | null => {
  const newest = newestOf({ ...list, backups: list.backups.filter(({ name }) => good.has(name)) })
  return newest === null ? null : noteOf(project, newest, isoTime(clock.now()), keyring)
}

/** What one host has, held against the list; each whole copy is handed over, by whatever name it has there.
 *  @throws TAMPERED for a host that answers what none of ours can */
export const verifyCopies = async (
  host: CopyHost,
  list: BackupList,
  keyring: Keyring,
  onWhole: (listed: ListedBackup, bytes: Uint8Array) => void = () => {},
): Promise<VerifiedCopies> => {
  const there = await listCopies(host)
  const { digests, others } = await lookInto(host, there, { backups: list.backups, keyring, onWhole })
  const expected = list.backups.filter(({ copies }) => copies.includes(host.channel.name))
  const problems = judgeArchives(digests, expected, list.backups)
    .filter(({ kind, name }) => kind !== 'extra' || !others.has(name))
    .map((one) => ({ ...one, name: hostText(one.name), message: hostText(one.message) }))
  const isSame = ({ name, digest }: ListedBackup): boolean => digests.get(name) === digest
  return { compared: list.backups.filter(isSame).length, elsewhere: others.size, problems }
}

interface LookedFor {
  readonly backups: readonly ListedBackup[]
  readonly keyring: Keyring
  onWhole(listed: ListedBackup, bytes: Uint8Array): void
}

interface LookedInto {
  /** By name, of every copy. */
  readonly digests: ReadonlyMap<string, string>
  /** Those that another clone of the project made: they open, and only who has the project key can make such. */
  readonly others: ReadonlySet<string>
}

/** Each copy at most once, by its bytes. A listed one of another size is not what was written, and is not fetched. */
const lookInto = async (
  host: CopyHost,
  there: readonly ListedCopy[],
  { backups, keyring, onWhole }: LookedFor,
): Promise<LookedInto> => {
  const digests = new Map(there.map(({ name }) => [name, 'of another size']))
  const others = new Set<string>()
  const sizes = new Set(backups.map(({ size }) => size))
  const names = new Set(backups.map(({ name }) => name))
  const known = there.filter(({ name, size }) => names.has(name) && sizes.has(size))
  const unknown = there.filter(({ name }) => !names.has(name))
  // one of ours under another name is more than another clone's
  const byUse = [...unknown.filter(({ size }) => sizes.has(size)), ...unknown.filter(({ size }) => !sizes.has(size))]
  await fetchCopies(host, [...known, ...within(byUse)], async (name, bytes) => {
    const digest = sha256(bytes)
    digests.set(name, digest)
    const whole = backups.filter((one) => one.digest === digest)
    for (const one of whole) onWhole(one, bytes)
    if (whole.length === 0 && !names.has(name) && (await isOfOurs(bytes, keyring))) others.add(name)
  })
  return { digests, others }
}

/** So many copies, and so many bytes of them, are looked into that nobody here knows of. */
const someMore = 100
const mostBytes = 512 * 1024 * 1024

const within = (copies: readonly ListedCopy[]): readonly ListedCopy[] => {
  let left = mostBytes
  return copies.slice(0, someMore).filter(({ size }) => {
    if (size > longestArchive || size > left) return false
    left -= size
    return true
  })
}

const isOfOurs = async (bytes: Uint8Array, keyring: Keyring): Promise<boolean> => {
  try {
    return (await openOwnArchive(bytes, keyring, { at: 'copy' })) !== null
  } catch (error) {
    if (hasCode(error, 'TAMPERED', 'CONFLICT')) return false
    throw error
  }
}
