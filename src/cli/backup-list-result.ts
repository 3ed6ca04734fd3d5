import { ago } from '../core/duration.ts'
import { table } from './table.ts'
import type { BackupCall } from './backup-call.ts'
import type { Result } from './command.ts'
import { inMetadata } from './in-project.ts'

export const listBackups = async (call: BackupCall): Promise<Result> => {
  const [{ keyringOf }, { readList }] = await Promise.all([
    import('../app/backup/backup-keyring.ts'),
    import('../app/backup/backup-store.ts'),
  ])
  const { ports } = call
  const { list, recovery } = await inMetadata(call, async (open) => ({
    list: await readList(ports, open.project, keyringOf(await open.keys())),
    recovery: (await open.metadata()).recovery,
  }))
  const now = ports.clock.now()
  const when = (time: string | null): string => (time === null ? 'never' : ago(Date.parse(time), now))
  const rows = list.backups.map(({ name, made, verified, copies }) => [
    name,
    when(made),
    when(verified),
    copies.join(', ') || '-',
  ])
  const { drill } = list
  const lines = [
    rows.length === 0 ? 'no backups' : table([['BACKUP', 'MADE', 'VERIFIED', 'COPIES'], ...rows]).trimEnd(),
    ...(drill === null ? [] : [`drill  ${when(drill.at)}, ${drill.name} in ${drill.milliseconds} ms`]),
    recovery === null ? 'no recovery identity: lockstep backup recovery' : `recovery  ${recovery.recipient}`,
  ]
  const backups = list.backups.map(({ name, number, made, verified, copies }) => ({
    name,
    number,
    made,
    verified,
    copies,
  }))
  return { text: lines.join('\n'), json: { backups, drill, recipient: recovery?.recipient ?? null } }
}
