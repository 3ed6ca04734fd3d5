import type { VerifiedBackups } from '../app/backup/verify-backups.ts'
import { damageFix, isMendable, type Damage } from '../core/backup/damage.ts'
import type { MendStep } from '../core/backup/mend-plan.ts'
import type { Result, Schema } from './command.ts'
import { noteLine } from './note-line.ts'
import { problemKinds } from '../core/backup/judge-archives.ts'
import { integer, listOf, maybeTime, object, problem, text, truth, words } from './schemas.ts'
import { table } from './table.ts'

const archive = object({
  name: text,
  made: maybeTime,
  state: { enum: ['verified', 'recovery only', 'wrong', 'missing'] },
})

const wrong = object({
  host: { ...words, description: 'null: here' },
  kind: { enum: [...problemKinds, 'log'] },
  name: text,
  message: text,
})

const mended = object({
  host: { ...words, description: 'where; null: here' },
  name: text,
  how: { enum: ['written', 'dropped'], description: 'dropped: no place had it whole' },
  from: { ...words, description: 'the host that had it; null: here, or nobody' },
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
  check: { ...truth, description: 'nothing was written' },
  mended: { ...listOf(mended), description: 'with --fix: what was mended, or would be' },
  refused: { ...words, description: 'why no host was asked at all' },
})

export type Shown = Pick<VerifiedBackups, 'hosts' | 'refused' | 'log' | 'mended'> & {
  readonly here: Pick<VerifiedBackups['here'], 'archives' | 'problems'>
}

/** How it was called. */
export interface VerifyManner {
  readonly fix: boolean
  readonly check: boolean
}

export const verifiedResult = (
  { here, log, hosts, refused, mended: plan }: Shown,
  { fix, check }: VerifyManner = { fix: false, check: false },
): Result => {
  const onLog = log.map(({ file, message }) => ({ host: null, kind: 'log', name: file, message }))
  const problems: readonly Damage[] = [
    ...here.problems.map((one) => ({ host: null, ...one })),
    ...hosts.flatMap(({ host, done }) => (done?.problems ?? []).map((one) => ({ host, ...one }))),
  ]
  const isAway = hosts.some(({ done }) => (done?.compared ?? 0) > 0)
  const isAlone = here.archives.length > 0 && hosts.some(({ done }) => done !== null) && !isAway
  const lines = [
    table(here.archives.map(({ name, state }) => [state, name])).trimEnd(),
    ...hosts.map(hostLine),
    ...plan.steps.map((one) => stepLine(one, check)),
    ...[...problems, ...onLog].map(
      ({ host, kind, name, message }) => `${kind}  ${host === null ? '' : `${host}: `}${name} ${message}`,
    ),
    ...plan.lost.filter((name) => problems.some((one) => one.name === name)).map(lostLine),
    ...(refused === null ? [] : [noteLine(`no host was asked: ${refused}`)]),
    ...(isAlone ? [noteLine('no host that was asked has a copy of any: lockstep backup')] : []),
  ].filter((line) => line !== '')
  const { steps } = plan
  const json = {
    archives: here.archives,
    problems: [...problems, ...onLog],
    hosts: hosts.map(hostJson),
    check,
    mended: steps,
    refused,
  }
  const text = lines.length === 0 ? 'no backups' : lines.join('\n')
  const next = nextOf(problems, { fix, check, isLost: plan.lost.length > 0 })
  if (problems.length > 0) return { text, json, exit: 'TAMPERED', ...(next === null ? {} : { next }) }
  if (onLog.length > 0) return { text, json, exit: 'TAMPERED', next: 'lockstep log verify' }
  if (refused !== null || hosts.some(({ problem }) => problem !== null)) return { text, json, exit: 'PARTIAL' }
  return here.archives.length === 0 || isAlone ? { text, json, next: 'lockstep backup' } : { text, json }
}

const nextOf = (
  problems: readonly Damage[],
  { fix, check, isLost }: VerifyManner & { isLost: boolean },
): string | null => {
  const [first] = problems
  if (first === undefined) return null
  if (!problems.some(isMendable)) return damageFix(first)
  if (!fix || check) return 'lockstep backup-verify --fix'
  return isLost ? 'lockstep backup-verify --fix --drop --check' : null
}

const stepLine = ({ host, name, how, from }: MendStep, check: boolean): string => {
  const place = host === null ? name : `${host}: ${name}`
  if (how === 'dropped') return `${check ? 'drop' : 'dropped'}  ${place}: no place has it whole`
  return `${check ? 'write' : 'written'}  ${place} from ${from ?? 'here'}`
}

const lostLine = (name: string): string =>
  noteLine(`no place has ${name} whole: lockstep backup-verify --fix --drop takes it from the list`)

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
