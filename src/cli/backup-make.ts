import type { BackupDone } from '../app/backup/run-backup.ts'
import type { BackupCall } from './backup-call.ts'
import type { Result } from './command.ts'
import { inProject } from './in-project.ts'
import { noteLine } from './note-line.ts'
import { table } from './table.ts'

export const makeBackups = async (call: BackupCall): Promise<Result> => {
  const { ports, flags, report, rest } = call
  if (flags.check) return planned(call)
  const { runBackup } = await import('../app/backup/run-backup.ts')
  const onHost = (host: string, state: string): void => report.host(host, state)
  const prepare = (): Promise<void> => ports.fleet.prepare(report)
  const options = { local: flags.local, hosts: flags.hosts ?? null, arguments: rest, onHost, prepare }
  return doneResult(
    await inProject(call, { action: 'change', names: { password: true }, keepsSecrets: true }, (open) =>
      runBackup(ports, open, options),
    ),
  )
}

const planned = async (call: BackupCall): Promise<Result> => {
  const { planBackup } = await import('../app/backup/make-backup.ts')
  const plan = await inProject(call, { action: 'look' }, (open) => planBackup(call.ports, open))
  const contents = plan.contents.files.map(({ path }) => path)
  const notes = [...plan.collected.notes, ...plan.notes]
  return {
    text: [...contents, `would be backups/${plan.name}`, ...notes.map(noteLine)].join('\n'),
    json: {
      name: plan.name,
      number: plan.contents.number,
      made: null,
      check: true,
      contents,
      copies: [],
      removed: [],
      notes,
    },
  }
}

const doneResult = ({ made, copies, removed, notes, isPartial }: BackupDone): Result => {
  const { name, number, made: at } = made.listed
  const rows = copies.map(({ host, problem }) => [host, problem === null ? 'has a copy' : problem.message])
  const lines = [
    `made backups/${name}: ${made.contents.length} files, read back and decrypted`,
    table(rows).trimEnd(),
    ...removed.map((one) => `removed  ${one}`),
    ...notes.map(noteLine),
  ].filter((line) => line !== '')
  const told = copies.map(({ host, problem }) => ({ host, state: problem === null ? 'stored' : 'failed', problem }))
  const json = { name, number, made: at, check: false, contents: made.contents, copies: told, removed, notes }
  return { text: lines.join('\n'), json, ...(isPartial ? { exit: 'PARTIAL' as const } : {}) }
}
