import { holdersIn } from '../../core/backup/backup-list.ts'
import { SecretsError, fail, hasCode } from '../../core/errors.ts'
import { few } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { OpenProject } from '../project/open-project.ts'
import { learnVerified, noteOf } from './backup-note.ts'
import { changeList, listOrNull, readList } from './backup-store.ts'
import { dropCopies, putCopy } from './host-copies.ts'
import { makeBackup, recoveryOf, type MadeBackup } from './make-backup.ts'
import { planPruneHere, pruneHere } from './prune.ts'
import { missedBy } from './prune-backups.ts'
import { visitHosts, type VisitOptions, type Visited } from './visit-hosts.ts'
import { sparing, type PrunePlan } from '../../core/backup/prune-plan.ts'
import { keyringOf } from './backup-keyring.ts'

/** Hosts that get a copy where lockstep.yaml does not say how many. */
export const usualCopies = 2

export interface BackupOptions extends Pick<VisitOptions, 'hosts' | 'arguments' | 'onHost'> {
  /** No copies on hosts. */
  readonly local: boolean
  /** Sees to it that there is an Ansible. */
  prepare(): Promise<void>
}

export interface BackupDone {
  readonly made: MadeBackup
  readonly copies: readonly Visited<null>[]
  /** Archives that went by `keep:`. */
  readonly removed: readonly string[]
  readonly notes: readonly string[]
  /** Fewer copies than there are to be. */
  readonly isPartial: boolean
}

/** `lockstep backup`: makes one, verifies it, puts copies on hosts, and removes what is older than `keep:`. A backup that
 *  is made stays made, whatever becomes of its copies.
 *  @throws as makeBackup */
export const runBackup = async (ports: Ports, open: OpenProject, options: BackupOptions): Promise<BackupDone> => {
  const { project } = open
  recoveryOf(await open.metadata())
  const settings = project.manifest.backup
  const make = once(async () => {
    const made = await makeBackup(ports, open)
    const pruned =
      settings.keep === null
        ? nothing
        : await planPruneHere(ports, project, made.keyring, { keep: settings.keep, isMaking: true })
    return { made, pruned, note: noteOf(project, made.listed, made.verified, made.keyring) }
  })
  const count = options.local ? 0 : (settings.copies ?? usualCopies)
  const visit = async (): Promise<readonly Visited<null>[]> => {
    await options.prepare()
    return visitHosts(ports, open, { ...options, count, also: await holders(ports, open) }, async (host) => {
      const { made, pruned, note } = await make()
      await putCopy(host, { note, archive: { name: made.listed.name, bytes: made.bytes } })
      await dropCopies(host, pruned.remove)
      return null
    })
  }
  const isVisited = count > 0 || options.hosts !== null
  const { copies, refused } = isVisited ? await attempted(visit) : noCopies
  const { made, pruned } = await make()
  const stored = copies.filter(({ problem }) => problem === null).map(({ host }) => host)
  if (stored.length > 0) await rememberCopies(ports, open, made, stored)
  const { backups } = await readList(ports, project, made.keyring)
  const missed = refused === null && isVisited ? missedBy(copies, backups, options) : holdersIn(backups)
  const gone = sparing(pruned, backups, missed)
  const { damage } = await pruneHere(ports, project, made.keyring, gone)
  await learnVerified(ports, project, { isGood: true, isUsed: true, damage })
  return {
    made,
    copies,
    removed: gone.remove,
    notes: [
      ...made.notes,
      ...waitingWords(gone),
      ...(refused === null ? [] : [`no copies on hosts: ${refused.message}`]),
    ],
    isPartial:
      stored.length < copies.length || (refused !== null && (refused.code !== 'CONFIG' || settings.copies !== null)),
  }
}

const nothing: PrunePlan = { keep: [], remove: [], spared: null, away: null, waiting: [] }
const noCopies: Attempt = { copies: [], refused: null }

interface Attempt {
  readonly copies: readonly Visited<null>[]
  /** Why no host was gone to. */
  readonly refused: SecretsError | null
}

const waitingWords = ({ waiting }: PrunePlan): readonly string[] =>
  waiting.length === 0
    ? []
    : [`kept until lockstep backup prune reaches the hosts with copies of them: ${few(waiting)}`]

const attempted = async (visit: () => Promise<readonly Visited<null>[]>): Promise<Attempt> => {
  try {
    return { copies: await visit(), refused: null }
  } catch (error) {
    if (!hasCode(error, 'CONFIG', 'NOT_FOUND', 'UNAVAILABLE', 'DENIED', 'UNSAFE')) throw error
    return { copies: [], refused: error }
  }
}

/** Hosts with older copies: what is pruned here goes there as well. */
const holders = async (ports: Pick<Ports, 'files'>, open: OpenProject): Promise<readonly string[]> => {
  const list = await listOrNull(ports, open.project, keyringOf(await open.keys()))
  return holdersIn(list?.backups ?? [])
}

const rememberCopies = async (
  ports: Pick<Ports, 'files'>,
  { project }: OpenProject,
  { listed, keyring }: MadeBackup,
  stored: readonly string[],
): Promise<void> => {
  await changeList(ports, project, keyring, (list) => {
    if (!list.backups.some(({ name }) => name === listed.name)) throw fail('INTERNAL', 'the list lost a backup')
    const backups = list.backups.map((one) => (one.name === listed.name ? { ...one, copies: stored } : one))
    return { list: { ...list, backups } }
  })
}

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<T> | null = null
  return () => (running ??= work())
}
