import type { BackupCall } from './backup-call.ts'
import type { Result } from './command.ts'
import { inProject } from './in-project.ts'
import { table } from './table.ts'

export const prune = async (call: BackupCall): Promise<Result> => {
  const { pruneBackups } = await import('../app/backup/prune-backups.ts')
  const { ports, flags, rest, report } = call
  const { check, local } = flags
  const { plan, hosts } = await inProject(call, { action: check ? 'look' : 'change', keepsSecrets: true }, (open) =>
    pruneBackups(ports, open, {
      keep: flags.keep ?? null,
      check,
      local,
      hosts: flags.hosts ?? null,
      arguments: rest,
      onHost: (host, state) => report.host(host, state),
      prepare: () => ports.fleet.prepare(report),
    }),
  )
  const lines = [
    ...plan.remove.map((name) => `${check ? 'remove' : 'removed'}  ${name}`),
    ...(plan.spared === null ? [] : [`kept  ${plan.spared}: none that is newer verifies`]),
    ...(plan.away === null
      ? []
      : [`kept  ${plan.away}: none that is newer has a copy off this machine; lockstep backup makes one`]),
    ...plan.waiting.map((name) => `kept  ${name}: a host that was not reached has a copy of it`),
    table(hosts.map(({ host, problem }) => [host, problem?.message ?? 'removed its copies'])).trimEnd(),
  ].filter((line) => line !== '')
  const copies = hosts.map(({ host, problem }) => ({ host, state: problem === null ? 'removed' : 'failed', problem }))
  return {
    text: lines.length === 0 ? 'nothing to remove' : lines.join('\n'),
    json: { check, removed: plan.remove, kept: plan.keep, copies },
    ...(hosts.some(({ problem }) => problem !== null) ? { exit: 'PARTIAL' as const } : {}),
  }
}
