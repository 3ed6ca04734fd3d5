import { counted } from '../core/names.ts'
import type { BackupCall } from './backup-call.ts'
import type { Result } from './command.ts'
import { inProject } from './in-project.ts'
import { noteLine } from './note-line.ts'

export const drill = async (call: BackupCall): Promise<Result> => {
  const [{ drillBackup }, { findRecoveryKey }] = await Promise.all([
    import('../app/backup/drill.ts'),
    import('../app/backup/find-key.ts'),
  ])
  const { ports, flags, args } = call
  const key = await findRecoveryKey(ports, { identity: flags.identity ?? null, shares: flags.share })
  const done = await inProject(call, { action: 'look' }, (open) =>
    drillBackup(ports, open, { key, name: args.NAME ?? null }),
  )
  const { at, name, milliseconds, withRecovery, secrets, same, differing } = done
  const lines = [
    `restored ${name} in ${milliseconds} ms with ${withRecovery ? 'the recovery identity' : 'the project’s own key'}, and removed it again`,
    `${counted(secrets, 'secret')} decrypted with the restored password, ${same} with the value they have here`,
    ...differing.map((one) => `differs  ${one}`),
    ...(withRecovery ? [] : [noteLine('the recovery identity was not tried: lockstep backup drill --identity FILE')]),
  ]
  const next = differing.length === 0 ? {} : { next: 'lockstep backup' }
  return {
    text: lines.join('\n'),
    json: { drill: { at, name, milliseconds }, withRecovery, secrets, same, differing },
    ...next,
  }
}
