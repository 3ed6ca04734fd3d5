import type { Restored } from '../app/backup/restore.ts'
import { defaultEnvironment } from '../core/manifest/environment.ts'
import { pathWord } from '../core/host-text.ts'
import { counted } from '../core/names.ts'
import type { Result } from './command.ts'
import { noteLine } from './note-line.ts'
import { table } from './table.ts'

/** What a restore did, or would do. */
export const restoredResult = (
  done: Restored,
  { check, isHere }: { readonly check: boolean; readonly isHere: boolean },
): Result => {
  const written = done.changes.filter(({ bytes }) => bytes !== null).map(({ path }) => path)
  const removed = done.changes.filter(({ bytes }) => bytes === null).map(({ path }) => path)
  const { project, environment, number, made } = done.contents
  const rows = [
    ...written.map((path) => [check ? 'write' : 'wrote', path]),
    ...removed.map((path) => [check ? 'remove' : 'removed', path]),
  ]
  const sum = `backup ${number} of ${project}, ${environment}, made ${made}: ${counted(done.secrets, 'secret')} decrypted, ${counted(written.length, 'file')} ${check ? 'to write' : 'written'}, ${done.same} as they were`
  const lines = [
    table(rows).trimEnd(),
    sum,
    ...done.newer.map((line) => `${check ? 'would be lost' : 'lost'}: ${line}`),
    ...done.notes.map(noteLine),
  ].filter((line) => line !== '')
  const flag = environment === defaultEnvironment ? '' : ` -E ${environment}`
  const go = isHere ? '' : `cd ${pathWord(done.directory)} && `
  return {
    text: lines.join('\n'),
    json: {
      directory: done.directory,
      check,
      archive: { project, environment, number, made },
      secrets: done.secrets,
      written,
      removed,
      same: done.same,
      newer: done.newer,
      notes: done.notes,
    },
    ...(check ? {} : { next: `${go}lockstep deploy${flag} --check` }),
  }
}
