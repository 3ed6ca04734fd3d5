import { formatDuration } from '../core/duration.ts'
import type { HostOutcome } from '../core/fleet/delivery-report.ts'
import { changedStates } from '../core/fleet/delivery-report.ts'
import { counted, few } from '../core/names.ts'
import { remedyOf } from '../core/rotate/exposed.ts'
import type { RotatedRow, RotationReport } from '../core/rotate/rotation-report.ts'
import { rotationExit } from '../core/rotate/rotation-report.ts'
import type { Result, Schema } from './command.ts'
import { deliveredHost } from './delivery-result.ts'
import { exposedLines, exposedSchema, setLine } from './exposed-result.ts'
import { noteLine } from './note-line.ts'
import { integer, listOf, number, object, orNull, problem, text, texts, truth, words } from './schemas.ts'
import { table } from './table.ts'
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
      'how far it is: promoted, retired, withdrawn, failed, or its place in the journal; null: nothing was done',
  },
})

/** What `rotate` prints under --json. */
export const rotationSchema: Schema = object({
  environment: text,
  plan: { ...text, description: 'id of the plan, for --expect' },
  isCheck: { ...truth, description: 'true: nothing was written' },
  isEmergency: truth,
  isOpen: { ...truth, description: 'true: it is half-done, --resume or --abort' },
  exposed: exposedSchema,
  rows: listOf(row),
  hosts: listOf(deliveredHost),
  missing: listOf(object({ host: text, code: text, message: text, hint: words })),
  waiting: listOf(object({ id: text, names: texts, with: text, why: words, hosts: texts })),
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
  const moving = report.rows.some(({ action }) => action === 'rotate') || report.hosts.length > 0
  const next = nextOf(report, moving ? run(report.plan) : null)
  const { rotations: _, ...told } = report
  const lines = [
    heading(report),
    ...exposedLines(report.exposed),
    table([['SECRET', 'AGE/DUE', 'WITH', 'OLD VALID', 'NOTE'], ...report.rows.map(rowCells)]).trimEnd(),
    ...(report.hosts.length === 0
      ? []
      : [table([['ORDER', 'HOST', 'GEN', 'CONTAINERS', 'STATE'], ...report.hosts.map(hostCells)]).trimEnd()]),
    ...troublesOf(report.hosts).flatMap(troubleLines),
    ...report.rows.flatMap(problemLines),
    ...report.missing.map(({ host, message }) => `${host}: ${message}`),
    ...report.waiting.map(
      ({ names, why }) => `waiting ${few(names)}: its former value ends ${why ?? 'with the next run'}`,
    ),
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

const heading = ({ environment, plan, isCheck, rows, isOpen }: RotationReport): string => {
  const head = `${environment}  plan ${plan}`
  if (isCheck) return `${head}  nothing written`
  if (isOpen) return `${head}  HALF-DONE`
  const done = rows.filter(({ end }) => end === 'promoted' || end === 'retired').length
  return `${head}  ${counted(done, 'credential')} rotated`
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

const nextOf = ({ isOpen, isCheck, waiting, exposed }: RotationReport, run: string | null): string | null => {
  if (isOpen) return 'lockstep rotate --resume, or lockstep rotate --abort'
  const byHand = exposed?.secrets.find((one) => remedyOf(one) === 'set')
  if (byHand !== undefined && (run === null || !isCheck)) return `${setLine(byHand)}, then lockstep deploy`
  if (isCheck) return run
  return waiting.some(({ why }) => why === null) ? 'lockstep rotate --resume' : 'lockstep status'
}

const rowCells = (one: RotatedRow): readonly string[] => [
  `${one.names[0] ?? one.id}${one.names.length > 1 ? ` +${one.names.length - 1}` : ''}${one.host === null ? '' : `@${one.host}`}`,
  dueWords(one),
  one.with,
  oldWords(one),
  noteWords(one),
]

const dueWords = ({ age, state }: RotatedRow): string =>
  `${age === null ? '-' : formatDuration(age)}${state === 'overdue' ? '!' : ''}`

const oldWords = ({ action, oldStays, overlap }: RotatedRow): string => {
  if (action !== 'rotate' || oldStays === null) return '-'
  if (oldStays === 'both') return overlap === 0 ? 'until proved' : formatDuration(overlap)
  return oldStays === 'previous' ? 'previous' : 'no'
}

const noteWords = ({ end, why, note, problem }: RotatedRow): string => {
  if (problem !== null) return problem.message
  const words = [end, why === null ? null : `left alone: ${why}`, note].filter((one) => one !== null && one !== '')
  return words.join('; ') || '-'
}

const problemLines = ({ id, problem }: RotatedRow): readonly string[] =>
  problem === null || problem.hint === null ? [] : [`${id}: ${problem.message}`, `  hint: ${problem.hint}`]

const hostCells = (one: HostOutcome, index: number): readonly string[] => [
  changedStates.has(one.state) || one.state === 'planned' ? String(index + 1) : '-',
  one.host,
  one.to === null || one.to === one.from ? String(one.from ?? '-') : `${one.from ?? '-'}→${one.to}`,
  one.containers.map(({ container, proof, action }) => `${container} (${proof?.proof ?? action})`).join(', ') || '-',
  index === 0 && one.state === 'planned' ? 'canary' : one.state,
]
