import type { BackupCall } from './backup-call.ts'
import type { Result } from './command.ts'
import { inProject } from './in-project.ts'

export const makeBackups = async (call: BackupCall): Promise<Result> => {
  const { ports, flags } = call
  const { makeBackup, planBackup } = await import('../app/backup/make-backup.ts')
  if (flags.check) {
    const plan = await inProject(call, { action: 'look' }, (open) => planBackup(ports, open))
    const contents = plan.contents.files.map(({ path }) => path)
    const notes = [...plan.collected.notes, ...plan.notes]
    return {
      text: [...contents, `would be backups/${plan.name}`, ...notes.map((note) => `note: ${note}`)].join('\n'),
      json: { name: plan.name, number: plan.contents.number, check: true, contents, copies: [], notes },
    }
  }
  const made = await inProject(call, { action: 'deliver', names: { password: true } }, (open) =>
    makeBackup(ports, open),
  )
  const { name, number } = made.listed
  return {
    text: [
      `made backups/${name}: ${made.contents.length} files, read back and decrypted`,
      ...made.notes.map((note) => `note: ${note}`),
    ].join('\n'),
    json: {
      name,
      number,
      made: made.listed.made,
      check: false,
      contents: made.contents,
      copies: [],
      notes: made.notes,
    },
  }
}
