import { formatDuration, isoTime } from '../core/duration.ts'
import type { ContainerOutcome, HostOutcome } from '../core/fleet/delivery-report.ts'
import { changedStates } from '../core/fleet/delivery-report.ts'
import { few } from '../core/names.ts'
import type { RotatedRow, RotationReport, StillValid } from '../core/rotate/rotation-report.ts'
import { ageAndDue } from './age-words.ts'
import { table } from './table.ts'

/** One line for each credential. */
export const credentialTable = ({ rows }: RotationReport): readonly string[] =>
  rows.length === 0
    ? []
    : [table([['SECRET', 'AGE/DUE', 'WITH', 'OLD VALID', 'NOTE'], ...rows.map(credentialCells)]).trimEnd()]

const credentialCells = (one: RotatedRow): readonly string[] => [
  `${one.names[0] ?? one.id}${one.names.length > 1 ? ` +${one.names.length - 1}` : ''}${one.host === null ? '' : `@${one.host}`}`,
  ageAndDue(one),
  one.with,
  oldWords(one),
  noteWords(one),
]

const oldWords = ({ action, oldStays, overlap }: RotatedRow): string => {
  if (action !== 'rotate' || oldStays === null) return '-'
  if (oldStays === 'both') return overlap === 0 ? 'until proved' : formatDuration(overlap)
  return oldStays === 'previous' ? 'previous' : 'no'
}

const noteWords = ({ end, why, note, problem }: RotatedRow): string => {
  if (problem !== null) return problem.message
  const words = [end, why === null ? null : `skipped: ${why}`, note].filter((one) => one !== null && one !== '')
  return words.join('; ') || '-'
}

/** One line for each host, in the order in which they come, and for each that is needed and does not come. */
export const hostTable = (report: RotationReport): readonly string[] => {
  const { hosts, missing, rows, abandoned } = report
  const absent = missing.filter(({ host }) => hosts.every((one) => one.host !== host))
  if (hosts.length + absent.length === 0) return []
  const head = ['ORDER', 'HOST', 'GEN', 'RESTARTS', 'PROOF', 'STATE']
  const absentCells = ({ host, code }: RotationReport['missing'][number]): readonly string[] => [
    '--',
    host,
    '-',
    code === 'UNAVAILABLE' ? 'unreachable' : code,
    '-',
    abandoned.includes(host) ? 'abandoned' : blocksWords(rows, host),
  ]
  return [
    table([head, ...hosts.map((one, index) => hostCells(report, one, index)), ...absent.map(absentCells)]).trimEnd(),
  ]
}

const hostCells = ({ provable }: RotationReport, one: HostOutcome, index: number): readonly string[] => [
  changedStates.has(one.state) || one.state === 'planned' ? String(index + 1) : '--',
  one.host,
  one.to === null || one.to === one.from ? String(one.from ?? '-') : `${one.from ?? '-'}→${one.to}`,
  restarted(one)
    .map(({ container }) => container)
    .join(', ') || '-',
  restarted(one)
    .map(({ container, proof }) => proof?.proof ?? provable[container] ?? '-')
    .join(', ') || '-',
  index === 0 && one.state === 'planned' ? 'canary' : one.state,
]

const restarted = ({ containers }: HostOutcome): readonly ContainerOutcome[] =>
  containers.filter(({ action }) => action !== 'keep')

const blocksWords = (rows: readonly RotatedRow[], host: string): string => {
  const held = rows.filter(
    ({ hosts, action, oldStays }) => hosts.includes(host) && action === 'rotate' && oldStays === 'both',
  )
  return held.length === 0 ? 'missing' : `blocks the end of the old ${few(held.flatMap(({ names }) => names))}`
}

/** What is still valid, and what it waits for. */
export const waitingLine = ({ names, why }: StillValid): string =>
  `waiting ${few(names)}: its former value ends ${why === null ? 'with the next run' : `when that is over: ${why}`}`

/** How long there is a way back. */
export const undoLines = ({ isCheck, rows, waiting, isOpen }: RotationReport): readonly string[] => {
  if (isOpen) return []
  const turning = rows.filter(({ action, oldStays }) => isCheck && action === 'rotate' && oldStays !== null)
  if (turning.length > 0) {
    const overlap = Math.min(...turning.map(({ overlap }) => overlap))
    const end = overlap === 0 ? 'within the same run' : `after ${formatDuration(overlap)}`
    return [`undo    lockstep rotate --abort, until the first old value ends: ${end}`]
  }
  const until = waiting.map(({ until }) => until).sort((a, b) => a - b)[0]
  return until === undefined || isCheck
    ? []
    : [`undo    lockstep rotate --abort, until the first old value ends: not before ${isoTime(until)}`]
}
