import { ago } from '../core/duration.ts'
import { table } from './table.ts'
import type { BackupCall } from './backup-call.ts'
import type { Result } from './command.ts'
import { inMetadata } from './in-project.ts'

export const list = async (call: BackupCall): Promise<Result> => {
  const { listBackups } = await import('../app/backup/list-backups.ts')
  const { ports } = call
  const {
    list: { backups, drill },
    recovery,
  } = await inMetadata(call, (open) => listBackups(ports, open))
  const now = ports.clock.now()
  const when = (time: string | null): string => (time === null ? 'never' : ago(Date.parse(time), now))
  const rows = backups.map(({ name, made, verified, copies }) => [
    name,
    when(made),
    when(verified),
    copies.join(', ') || '-',
  ])
  const lines = [
    rows.length === 0 ? 'no backups' : table([['BACKUP', 'MADE', 'VERIFIED', 'COPIES'], ...rows]).trimEnd(),
    ...(drill === null ? [] : [`drill  ${when(drill.at)}, ${drill.name} in ${drill.milliseconds} ms`]),
    recovery === null ? 'no recovery identity: lockstep backup recovery' : `recovery  ${recovery.recipient}`,
  ]
  const listed = backups.map(({ name, number, made, verified, copies }) => ({ name, number, made, verified, copies }))
  return { text: lines.join('\n'), json: { backups: listed, drill, recipient: recovery?.recipient ?? null } }
}
