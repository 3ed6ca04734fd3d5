import type { BackupCall } from './backup-call.ts'
import type { Result } from './command.ts'
import { inProject } from './in-project.ts'
import { table } from './table.ts'

const usualKeep = 10

export const pruneBackups = async (call: BackupCall): Promise<Result> => {
  const [{ keyringOf }, { planPruneHere, pruneHere }, { pruneHosts }] = await Promise.all([
    import('../app/backup/backup-keyring.ts'),
    import('../app/backup/prune.ts'),
    import('../app/backup/prune-hosts.ts'),
  ])
  const { ports, flags, rest, report } = call
  const { check, local } = flags
  const { plan, hosts } = await inProject(call, { action: check ? 'look' : 'change' }, async (open) => {
    const keyring = keyringOf(await open.keys())
    const keep = flags.keep ?? open.project.manifest.backup.keep ?? usualKeep
    const plan = await planPruneHere(ports, open.project, keyring, keep)
    if (check) return { plan, hosts: [] }
    const prepare = (): Promise<void> => ports.fleet.prepare(report)
    const onHost = (host: string, state: string): void => report.host(host, state)
    const options = { hosts: flags.hosts ?? null, arguments: rest, onHost, prepare }
    // the hosts first: what is still in the list is found there again
    const hosts = local ? [] : await pruneHosts(ports, open, { keyring, plan }, options)
    await pruneHere(ports, open.project, keyring, plan)
    return { plan, hosts }
  })
  const lines = [
    ...plan.remove.map((name) => `${check ? 'remove' : 'removed'}  ${name}`),
    ...(plan.spared === null ? [] : [`kept  ${plan.spared}: none that is newer verifies`]),
    table(hosts.map(({ host, problem }) => [host, problem?.message ?? 'removed its copies'])).trimEnd(),
  ].filter((line) => line !== '')
  const copies = hosts.map(({ host, problem }) => ({ host, state: problem === null ? 'removed' : 'failed', problem }))
  return {
    text: lines.length === 0 ? 'nothing to remove' : lines.join('\n'),
    json: { check, removed: plan.remove, kept: plan.keep, copies },
    ...(hosts.some(({ problem }) => problem !== null) ? { exit: 'PARTIAL' as const } : {}),
  }
}
