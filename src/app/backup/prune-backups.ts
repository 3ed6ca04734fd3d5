import { holdersIn, type ListedBackup } from '../../core/backup/backup-list.ts'
import { sparing, type PrunePlan } from '../../core/backup/prune-plan.ts'
import type { Ports } from '../../core/ports.ts'
import type { OpenProject } from '../project/open-project.ts'
import { keyringOf } from './backup-keyring.ts'
import { readList } from './backup-store.ts'
import { planPruneHere, pruneHere } from './prune.ts'
import { pruneHosts } from './prune-hosts.ts'
import type { VisitOptions, Visited } from './visit-hosts.ts'

/** Backups that stay where neither the person nor lockstep.yaml says how many. */
const usualKeep = 10

export interface PruneOptions extends Pick<VisitOptions, 'hosts' | 'arguments' | 'onHost'> {
  /** Null: as lockstep.yaml says. */
  readonly keep: number | null
  readonly check: boolean
  /** Not on hosts. */
  readonly local: boolean
  /** Sees to it that there is an Ansible. */
  prepare(): Promise<void>
}

export interface Pruned {
  readonly plan: PrunePlan
  readonly hosts: readonly Visited<null>[]
}

/** `lockstep backup prune`: removes older backups from hosts, and then here: what is still listed is found there again.
 *  @throws USAGE; as visitHosts */
export const pruneBackups = async (ports: Ports, open: OpenProject, options: PruneOptions): Promise<Pruned> => {
  const { project } = open
  const keyring = keyringOf(await open.keys())
  const keep = options.keep ?? project.manifest.backup.keep ?? usualKeep
  const planned = await planPruneHere(ports, project, keyring, { keep })
  if (options.check) return { plan: planned, hosts: [] }
  const hosts = options.local ? [] : await pruneHosts(ports, open, { keyring, plan: planned }, options)
  const { backups } = await readList(ports, project, keyring)
  const plan = sparing(planned, backups, options.local ? [] : missedBy(hosts, backups, options))
  await pruneHere(ports, project, keyring, plan)
  return { plan, hosts }
}

/** Hosts whose copies are there still: those that did not do it, and, where only some were meant, all others. One that is
 *  in the fleet no more is waited for by nobody. */
export const missedBy = (
  visited: readonly Visited<unknown>[],
  backups: readonly ListedBackup[],
  { hosts }: Pick<VisitOptions, 'hosts'>,
): readonly string[] => {
  if (hosts === null) return visited.filter(({ problem }) => problem !== null).map(({ host }) => host)
  const done = visited.filter(({ problem }) => problem === null).map(({ host }) => host)
  return holdersIn(backups).filter((host) => !done.includes(host))
}
