import { proofs } from '../core/manifest/manifest.ts'
import { counted } from '../core/names.ts'
import { remedyOf } from '../core/rotate/exposed.ts'
import type { RotatedRow, RotationReport } from '../core/rotate/rotation-report.ts'
import { rotationExit } from '../core/rotate/rotation-report.ts'
import type { Result, Schema } from './command.ts'
import { deliveredHost } from './delivery-result.ts'
import { setLine } from '../core/secrets/set-line.ts'
import { exposedLines, exposedSchema } from './exposed-result.ts'
import { noteLine } from './note-line.ts'
import { integer, listOf, number, object, orNull, problem, text, texts, truth, words } from './schemas.ts'
import { credentialTable, hostTable, undoLines, waitingLine } from './rotation-tables.ts'
import { troubleLines, troublesOf } from './troubles.ts'

const stays = ['both', 'previous', 'gap', 'breaks'] as const

const row = object({
  id: { ...text, description: 'the credential: a group, group/SECRET, or either with @host' },
  names: texts,
  group: text,
  host: { ...words, description: 'null: the same on every host' },
  with: { ...text, description: 'its rotator' },
  hosts: { ...texts, description: 'those that are given it' },
  age: { ...number, description: 'milliseconds' },
  every: { ...number, description: 'milliseconds after which it is due; null: nothing says so' },
  state: { enum: ['fresh', 'due', 'overdue', 'missing'] },
  action: { enum: ['rotate', 'retire', 'wait', 'leave', 'return'] },
  oldStays: { enum: [...stays, null] },
  overlap: { ...integer, description: 'milliseconds' },
  note: words,
  why: words,
  problem,
  versions: { type: 'object', additionalProperties: object({ from: integer, to: integer }) },
  end: {
    ...words,
    description:
      'how far it is: promoted, retired, withdrawn, failed, abandoned, or its place in the journal; null: nothing was done',
  },
})

/** What `rotate` prints under --json. */
export const rotationSchema: Schema = object({
  environment: text,
  plan: { ...text, description: 'id of the plan, for --expect' },
  isCheck: { ...truth, description: 'true: nothing was written' },
  isRefused: { ...truth, description: 'true: of a check, the run would be refused; the notes say why' },
  isEmergency: truth,
  isOpen: { ...truth, description: 'true: it is half-done, --resume or --abort' },
  exposed: exposedSchema,
  rows: listOf(row),
  hosts: listOf(deliveredHost),
  provable: {
    type: 'object',
    additionalProperties: { enum: proofs },
    description: 'by container: the best proof there can be of it',
  },
  missing: listOf(object({ host: text, code: text, message: text, hint: words })),
  abandoned: { ...texts, description: 'hosts that nobody waits for any more' },
  waiting: listOf(
    object({
      id: text,
      names: texts,
      with: text,
      why: words,
      hosts: texts,
      until: { ...integer, description: 'when its overlap is over, in milliseconds since 1970' },
      isLate: { ...truth, description: 'true: that is over, and a host or a person keeps it from ending' },
      isEnding: { ...truth, description: 'true: its end has begun, there is no way back' },
    }),
  ),
  leftOut: { ...texts, description: 'what an emergency left as it was, with what to type' },
  backup: {
    ...words,
    description: 'the backup that was made and verified with the new values; null: nothing was done',
  },
  git: {
    ...orNull(object({ commit: words, isPushed: truth, problem })),
    description: 'null: nothing was to be committed, or lockstep.yaml does not say that it should be',
  },
  notes: texts,
})

/** The plan or its outcome: credentials, hosts in their order, and what is left to do. */
export const rotationResult = (report: RotationReport, run: (plan: string) => string): Result => {
  const exit = rotationExit(report)
  const moving =
    report.rows.some(({ action }) => action === 'rotate' || action === 'return') ||
    report.hosts.some(({ problem }) => problem === null) ||
    report.rotations.half !== null ||
    report.waiting.some(({ why }) => why === null)
  const next = nextOf(report, moving ? run(report.plan) : null)
  const { rotations: _, ...told } = report
  const lines = [
    heading(report),
    ...exposedLines(report.exposed),
    ...credentialTable(report),
    ...hostTable(report),
    ...troublesOf(report.hosts).flatMap(troubleLines),
    ...report.rows.flatMap(problemLines),
    ...missingLines(report),
    ...report.waiting.map(waitingLine),
    ...report.leftOut.map((line) => `left out: ${line}`),
    ...undoLines(report),
    ...gitLines(report),
    ...report.notes.map(noteLine),
  ]
  return {
    text: lines.join('\n'),
    json: told,
    ...(exit === null ? {} : { exit }),
    ...(next === null ? {} : { next }),
  }
}

/** What a delivery has said of a host is not said again. */
const missingLines = ({ missing, hosts }: RotationReport): readonly string[] => {
  const told = new Set(hosts.flatMap(({ host, problem }) => (problem === null ? [] : [host])))
  return missing.flatMap(({ host, message }) => (told.has(host) ? [] : [`${host}: ${message}`]))
}

const heading = ({ environment, plan, isCheck, rows, isOpen }: RotationReport): string => {
  const head = `${environment}  plan ${plan}`
  if (isCheck) return `${head}  nothing written`
  if (isOpen) return `${head}  HALF-DONE`
  return `${head}  ${doneWords(rows)}`
}

const doneWords = (rows: readonly RotatedRow[]): string => {
  const count = (action: RotatedRow['action'], ...ends: readonly RotatedRow['end'][]): number =>
    rows.filter((one) => one.action === action && ends.includes(one.end)).length
  const rotated = count('rotate', 'promoted', 'retired')
  const ended = count('retire', 'retired')
  const back = count('return', 'withdrawn', 'failed') + count('rotate', 'failed')
  const others = [
    ...(ended === 0 ? [] : [`${counted(ended, 'former value')} ended`]),
    ...(back === 0 ? [] : [`${back} taken back`]),
  ]
  return [...(rotated === 0 && others.length > 0 ? [] : [`${counted(rotated, 'credential')} rotated`]), ...others].join(
    ', ',
  )
}

const gitLines = ({ git }: RotationReport): readonly string[] => {
  if (git === null) return []
  if (git.problem !== null) {
    const { message, hint } = git.problem
    return [`git: ${message}`, ...(hint === null ? [] : [`  hint: ${hint}`])]
  }
  const what = git.commit === null ? 'what was committed before' : `committed ${git.commit}`
  return [`${what}${git.isPushed ? ', pushed' : ''}`]
}

const nextOf = (
  { isOpen, isCheck, isRefused, waiting, exposed, missing }: RotationReport,
  run: string | null,
): string | null => {
  if (isOpen) return 'lockstep rotate --resume, or lockstep rotate --abort'
  const byHand = exposed?.secrets.find((one) => remedyOf(one) === 'set')
  if (byHand !== undefined && (run === null || !isCheck)) return `${setLine(byHand)}, then lockstep deploy`
  if (isCheck) return run === null || isRefused ? null : withMissing(run, missing.length > 0)
  return waiting.some(({ why, isLate }) => why === null || isLate) ? 'lockstep rotate --resume' : 'lockstep status'
}

/** As it stands, a plan with hosts that do not come is not carried out. */
const withMissing = (run: string, isMissing: boolean): string =>
  isMissing && !/ --(allow-missing|abandon-host|resume|abort)\b/.test(run) ? `${run} --allow-missing` : run

const problemLines = ({ id, problem }: RotatedRow): readonly string[] =>
  problem === null || problem.hint === null ? [] : [`${id}: ${problem.message}`, `  hint: ${problem.hint}`]
