import { ago } from '../core/duration.ts'
import { damageFix, damagePlace, isMendable } from '../core/backup/damage.ts'
import { noteLine } from './note-line.ts'
import { table } from './table.ts'
import type { BackupCall } from './backup-call.ts'
import type { Result } from './command.ts'
import { inMetadata } from './in-project.ts'

export const list = async (call: BackupCall): Promise<Result> => {
  const { listBackups } = await import('../app/backup/list-backups.ts')
  const { ports } = call
  const {
    list: { backups, drill, damage },
    recovery,
    isAlone,
  } = await inMetadata(call, (open) => listBackups(ports, open))
  const now = ports.clock.now()
  const when = (time: string | null): string => (time === null ? 'never' : ago(Date.parse(time), now))
  const marked = (host: string | null, name: string, says: string): string => {
    const found = damage.find((one) => one.host === host && one.name === name)
    return found === undefined ? says : `${says} (${found.kind})`
  }
  const rows = backups.map(({ name, made, verified, copies }) => [
    name,
    when(made),
    marked(null, name, when(verified)),
    copies.map((host) => marked(host, name, host)).join(', ') || '-',
  ])
  const lines = [
    rows.length === 0 ? 'no backups' : table([['BACKUP', 'MADE', 'VERIFIED', 'COPIES'], ...rows]).trimEnd(),
    ...(drill === null ? [] : [`drill  ${when(drill.at)}, ${drill.name} in ${drill.milliseconds} ms`]),
    ...damage.map((one) => `${one.kind}  ${damagePlace(one)} ${one.message}`),
    ...(isAlone ? [noteLine('none has a copy off this machine: lockstep backup')] : []),
    recovery === null ? 'no recovery identity: lockstep backup recovery' : `recovery  ${recovery.recipient}`,
  ]
  const listed = backups.map(({ name, number, made, verified, copies }) => ({ name, number, made, verified, copies }))
  const [first] = damage
  const next = first === undefined ? {} : { next: damageFix(damage.find(isMendable) ?? first) }
  return {
    text: lines.join('\n'),
    json: { backups: listed, drill, recipient: recovery?.recipient ?? null, damage },
    ...next,
  }
}
