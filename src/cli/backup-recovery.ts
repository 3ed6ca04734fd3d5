import type { BackupCall } from './backup-call.ts'
import type { MadeRecovery } from '../app/backup/recovery-identity.ts'
import type { Result } from './command.ts'
import { inProject } from './in-project.ts'

export const makeRecoveryIdentity = async (call: BackupCall): Promise<Result> => {
  const { makeRecovery } = await import('../app/backup/recovery-identity.ts')
  const { to, split, renew } = call.flags
  const { made, directory } = await inProject(call, { action: 'change' }, async (open) => ({
    made: await makeRecovery(call.ports, open, { to: to ?? null, split: split ?? null, renew }),
    directory: open.project.paths.secretsName,
  }))
  if (made === null) {
    const text = 'no recovery identity was made: backups wait for one'
    return { text, json: { recipient: null, files: [] }, next: 'lockstep backup recovery' }
  }
  const lines = [
    `backups are made for ${made.recipient} from now on`,
    ...made.files.map((path) => `wrote ${path}`),
    ...(made.files.length === 0 ? [] : [takeAway(made.split)]),
  ]
  return {
    text: lines.join('\n'),
    json: { recipient: made.recipient, files: made.files },
    next: `git add ${directory} && git commit, then lockstep backup`,
  }
}

const takeAway = (split: MadeRecovery['split']): string =>
  split === null
    ? 'take it away from this machine, and from every host: with it alone every backup opens'
    : `take the shares away, each to another place: with any ${split.k} of the ${split.n} every backup opens`
