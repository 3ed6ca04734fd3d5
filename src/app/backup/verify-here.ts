import type { BackupList, ListedBackup } from '../../core/backup/backup-list.ts'
import type { Container } from '../../core/backup/container.ts'
import type { Damage } from '../../core/backup/damage.ts'
import { isoTime } from '../../core/duration.ts'
import { hasCode } from '../../core/errors.ts'
import type { Witness } from '../../core/log/witnesses.ts'
import {
  judgeArchives,
  judgeChain,
  judgeList,
  type ArchiveProblem,
  type FoundArchives,
} from '../../core/backup/judge-archives.ts'
import type { Ports } from '../../core/ports.ts'
import { sha256 } from '../../crypto/derive.ts'
import type { Project } from '../project/project.ts'
import { openArchived } from './archived-project.ts'
import { openOwnArchive, type Keyring } from './backup-keyring.ts'
import { backupsFolder, changeList, presentArchives, readArchive, readList, seenNumber } from './backup-store.ts'

/** What is known of one archive that was read from end to end. */
export interface VerifiedArchive {
  readonly name: string
  readonly made: string | null
  /** `recovery only`: of an older project key, so that only its digest could be compared. */
  readonly state: 'verified' | 'recovery only' | 'wrong' | 'missing'
}

export interface VerifiedHere {
  readonly list: BackupList
  readonly archives: readonly VerifiedArchive[]
  readonly problems: readonly ArchiveProblem[]
  /** Names of those that were decrypted and are right. */
  readonly good: ReadonlySet<string>
  /** What lies here, by name: digests of all that could be read. */
  readonly digests: FoundArchives
  /** What these have seen of the access log. */
  readonly witnesses: readonly Witness[]
}

/** Only who has the project key can make an archive that opened as ours. */
export const witnessOf = (name: string, container: Container | null): readonly Witness[] => {
  const seen = container?.contents.logHead ?? null
  return seen === null ? [] : [{ name, seen, trust: 'good' }]
}

type VerifyPorts = Pick<Ports, 'files' | 'machine' | 'clock'>

/** Reads and decrypts every archive here, and everything inside it. Writes nothing. */
export const verifyHere = async (ports: VerifyPorts, project: Project, keyring: Keyring): Promise<VerifiedHere> => {
  const list = await readList(ports, project, keyring)
  const found = new Map<string, string>()
  const opened = new Map<string, Container | null>()
  const problems: ArchiveProblem[] = []
  for (const name of await presentArchives(ports, project)) {
    const bytes = await readOrTell(ports, project, name, problems)
    if (bytes === null) continue
    found.set(name, sha256(bytes))
    const listed = list.backups.find((one) => one.name === name)
    if (listed === undefined || listed.digest !== found.get(name)) continue
    const container = await openOrTell(ports, { bytes, keyring, listed }, problems)
    if (container !== undefined) opened.set(name, container)
  }
  problems.push(
    ...judgeArchives(found, list.backups).filter(({ name }) => !problems.some((one) => one.name === name)),
    ...judgeChain(chainOf(list, opened)),
    ...judgeList(list, await seenNumber(ports, project)),
  )
  const isWrong = (name: string): boolean => problems.some((one) => one.name === name)
  const good = new Set([...opened].flatMap(([name, one]) => (one === null || isWrong(name) ? [] : [name])))
  const archives = list.backups.map(({ name, made }): VerifiedArchive => ({
    name,
    made,
    state: stateOf(name, { found, opened, good }),
  }))
  const witnesses = [...opened].flatMap(([name, one]) => (good.has(name) ? witnessOf(name, one) : []))
  return { list, archives, problems, good, digests: found, witnesses }
}

/** Writes down when these were verified, and what is known to be wrong. */
export const rememberVerified = async (
  ports: VerifyPorts,
  project: Project,
  keyring: Keyring,
  {
    good,
    damage,
  }: { readonly good: ReadonlySet<string>; readonly damage: (before: readonly Damage[]) => readonly Damage[] },
): Promise<BackupList> => {
  const verified = isoTime(ports.clock.now())
  return changeList(ports, project, keyring, (list) => ({
    list: {
      ...list,
      backups: list.backups.map((one) => (good.has(one.name) ? { ...one, verified } : one)),
      damage: damage(list.damage),
    },
  }))
}

interface Seen {
  readonly found: ReadonlyMap<string, string>
  readonly opened: ReadonlyMap<string, Container | null>
  readonly good: ReadonlySet<string>
}

const stateOf = (name: string, { found, opened, good }: Seen): VerifiedArchive['state'] => {
  if (good.has(name)) return 'verified'
  if (!found.has(name)) return 'missing'
  return opened.get(name) === null ? 'recovery only' : 'wrong'
}

const readOrTell = async (
  ports: VerifyPorts,
  project: Project,
  name: string,
  problems: ArchiveProblem[],
): Promise<Uint8Array | null> => {
  try {
    return await readArchive(ports, project, name)
  } catch (error) {
    if (!hasCode(error, 'UNSAFE', 'UNAVAILABLE', 'DENIED')) throw error
    problems.push({ kind: 'unreadable', name, message: error.message })
    return null
  }
}

/** Null: only the recovery identity opens it. Undefined: it is wrong, and that was told. */
const openOrTell = async (
  ports: VerifyPorts,
  { bytes, keyring, listed }: { readonly bytes: Uint8Array; readonly keyring: Keyring; readonly listed: ListedBackup },
  problems: ArchiveProblem[],
): Promise<Container | null | undefined> => {
  const { name } = listed
  try {
    const container = await openOwnArchive(bytes, keyring, { at: `${backupsFolder}/${name}` })
    if (container !== null) await openArchived(ports, container, { at: name })
    return container
  } catch (error) {
    if (!hasCode(error, 'TAMPERED', 'CONFIG', 'CONFLICT', 'NOT_FOUND')) throw error
    problems.push({ kind: 'changed', name, message: error.message })
    return undefined
  }
}

const chainOf = (list: BackupList, opened: Seen['opened']): Parameters<typeof judgeChain>[0] =>
  list.backups.flatMap(({ name, number, digest }) => {
    const container = opened.get(name)
    return container === undefined || container === null
      ? []
      : [{ name, number, digest, before: container.contents.before }]
  })
