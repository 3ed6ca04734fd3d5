import { formatDuration, isoTime } from '../core/duration.ts'
import type { ContainerOutcome, HostOutcome } from '../core/fleet/delivery-report.ts'
import { changedStates } from '../core/fleet/delivery-report.ts'
import { shellWord } from '../core/host-text.ts'
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

const oldWords = ({ action, oldStays, overlap, end }: RotatedRow): string => {
  if (action !== 'rotate' || oldStays === null) return '-'
  // once something was done, what is still valid has a line of its own
  if (oldStays === 'both' && end !== null && (end !== 'promoted' || overlap === 0)) return '-'
  if (oldStays === 'both') return overlap === 0 ? 'until proved' : formatDuration(overlap)
  return oldStays === 'previous' ? 'previous' : 'no'
}

const noteWords = ({ action, end, why, note, problem }: RotatedRow): string => {
  if (problem !== null) return problem.message
  const left = why === null || action !== 'leave' ? why : `skipped: ${why}`
  const words = [end, left, note].filter((one) => one !== null && one !== '')
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
export const waitingLine = ({ names, why, isEnding }: StillValid): string =>
  `waiting ${few(names)}: ${waitsFor(why, isEnding)}`

const waitsFor = (why: string | null, isEnding: boolean): string => {
  if (isEnding)
    return `the end of its former value has begun: lockstep rotate --resume${why === null ? '' : `, when that is over: ${why}`}`
  if (why === null) return 'its former value ends with the next run'
  return isOverlap(why) ? `its former value stays valid ${why}` : `its former value ends when that is over: ${why}`
}

/** Nothing is missing but time: `for 23h more`. */
const isOverlap = (why: string): boolean => /^for \S+ more$/.test(why)

/** How long there is a way back. */
export const undoLines = ({ isCheck, rows, waiting, isOpen, isEmergency }: RotationReport): readonly string[] => {
  if (isOpen) return []
  const turning = rows.filter(({ action, oldStays }) => isCheck && action === 'rotate' && oldStays !== null)
  if (turning.length > 0) {
    if (isEmergency && turning.some(({ oldStays }) => oldStays !== 'previous'))
      return ['undo    none: in an emergency old values end before the first host has the new one']
    const overlap = Math.min(...turning.map(({ overlap }) => overlap))
    if (overlap > 0) return [undoLine(turning, `after ${formatDuration(overlap)}`)]
    return ['undo    lockstep rotate --abort, until the first old value ends: within the same run']
  }
  const left = waiting.filter(({ isEnding }) => !isEnding)
  if (left.length === 0 || isCheck) return []
  const until = Math.min(...left.map((one) => one.until))
  const isPast = left.some((one) => one.isLate && one.until === until)
  return [undoLine(left, isPast ? 'with the next run that nothing keeps from it' : `not before ${isoTime(until)}`)]
}

/** What went well is taken back by name. */
const undoLine = (all: readonly { readonly id: string }[], end: string): string => {
  const names = all.length > 3 ? 'NAME' : all.map(({ id }) => shellWord(id)).join(' ')
  return `undo    lockstep rotate --abort ${names}, until the first old value ends: ${end}`
}
