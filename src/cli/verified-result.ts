import type { VerifiedBackups } from '../app/backup/verify-backups.ts'
import type { Result, Schema } from './command.ts'
import { noteLine } from './note-line.ts'
import { integer, listOf, maybeTime, object, problem, text, words } from './schemas.ts'
import { table } from './table.ts'

const archive = object({
  name: text,
  made: maybeTime,
  state: { enum: ['verified', 'recovery only', 'wrong', 'missing'] },
})

const wrong = object({
  host: { ...words, description: 'null: here' },
  kind: { enum: ['changed', 'missing', 'extra', 'renamed', 'swapped', 'rolled back', 'unreadable', 'log'] },
  name: text,
  message: text,
})

const host = object({
  host: text,
  compared: { ...integer, description: 'copies that were fetched and are the same, byte for byte' },
  elsewhere: { ...integer, description: 'archives of this project that another clone made' },
  problem,
})

export const verifyOutput: Schema = object({
  archives: listOf(archive),
  problems: listOf(wrong),
  hosts: listOf(host),
  refused: { ...words, description: 'why no host was asked at all' },
})

type Shown = Pick<VerifiedBackups, 'hosts' | 'refused' | 'log'> & {
  readonly here: Pick<VerifiedBackups['here'], 'archives' | 'problems'>
}

export const verifiedResult = ({ here, log, hosts, refused }: Shown): Result => {
  const onLog = log.map(({ file, message }) => ({ host: null, kind: 'log', name: file, message }))
  const problems = [
    ...here.problems.map((one) => ({ host: null, ...one })),
    ...hosts.flatMap(({ host, done }) => (done?.problems ?? []).map((one) => ({ host, ...one }))),
  ]
  const lines = [
    table(here.archives.map(({ name, state }) => [state, name])).trimEnd(),
    ...hosts.map(hostLine),
    ...[...problems, ...onLog].map(
      ({ host, kind, name, message }) => `${kind}  ${host === null ? '' : `${host}: `}${name} ${message}`,
    ),
    ...(refused === null ? [] : [noteLine(`no host was asked: ${refused}`)]),
  ].filter((line) => line !== '')
  const json = { archives: here.archives, problems: [...problems, ...onLog], hosts: hosts.map(hostJson), refused }
  const text = lines.length === 0 ? 'no backups' : lines.join('\n')
  if (problems.length > 0) return { text, json, exit: 'TAMPERED', next: 'lockstep backup' }
  if (onLog.length > 0) return { text, json, exit: 'TAMPERED', next: 'lockstep log verify' }
  if (refused !== null || hosts.some(({ problem }) => problem !== null)) return { text, json, exit: 'PARTIAL' }
  return here.archives.length === 0 ? { text, json, next: 'lockstep backup' } : { text, json }
}

const hostJson = ({ host, done, problem }: VerifiedBackups['hosts'][number]): object => ({
  host,
  compared: done?.compared ?? 0,
  elsewhere: done?.elsewhere ?? 0,
  problem,
})

const hostLine = ({ host, done, problem }: VerifiedBackups['hosts'][number]): string => {
  if (done === null) return `${host}  ${problem.message}`
  const { compared, elsewhere } = done
  const others = elsewhere === 0 ? '' : `, ${elsewhere} of another clone`
  return `${host}  ${compared} ${compared === 1 ? 'copy' : 'copies'} the same byte for byte${others}`
}
