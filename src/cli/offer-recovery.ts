import type { Ports } from '../core/ports.ts'
import { inProject } from './in-project.ts'

/** Shows a new project's recovery identity to the person at the terminal, who may leave it for later; what is to be
 *  said about it. Without a terminal nothing is made: it would be shown through a pipe. */
export const offerRecovery = async (call: {
  readonly ports: Ports
  readonly environment: string | undefined
}): Promise<readonly string[]> => {
  const { ports } = call
  const later = 'no recovery identity yet, and no backups without one: lockstep backup recovery'
  if (!ports.terminal.isInteractive) return [`${later}, at a terminal or with --to FILE`]
  const { makeRecovery } = await import('../app/backup/recovery-identity.ts')
  const made = await inProject(call, { action: 'change' }, (open) =>
    makeRecovery(ports, open, { to: null, split: null, renew: false }),
  )
  return made === null ? [later] : [`backups are made for ${made.recipient}`]
}
