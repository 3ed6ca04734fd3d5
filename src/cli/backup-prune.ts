import type { BackupCall } from './backup-call.ts'
import type { Result } from './command.ts'
import { inProject } from './in-project.ts'

const usualKeep = 10

export const pruneBackups = async (call: BackupCall): Promise<Result> => {
  const [{ keyringOf }, { planPruneHere, pruneHere }] = await Promise.all([
    import('../app/backup/backup-keyring.ts'),
    import('../app/backup/prune.ts'),
  ])
  const { ports, flags } = call
  const { check } = flags
  const plan = await inProject(call, { action: check ? 'look' : 'change' }, async (open) => {
    const keyring = keyringOf(await open.keys())
    const planned = await planPruneHere(ports, open.project, keyring, flags.keep ?? usualKeep)
    if (!check) await pruneHere(ports, open.project, keyring, planned)
    return planned
  })
  const lines = [
    ...plan.remove.map((name) => `${check ? 'remove' : 'removed'}  ${name}`),
    ...(plan.spared === null ? [] : [`kept  ${plan.spared}: none that is newer verifies`]),
  ]
  return {
    text: lines.length === 0 ? 'nothing to remove' : lines.join('\n'),
    json: { check, removed: plan.remove, kept: plan.keep },
  }
}
