import type { Entry, Scar, SealedEntry } from './entry.ts'
import { noEntry } from './entry.ts'
import { parseLine } from './entry-shape.ts'
import type { LogHead } from './head.ts'
import { scarWords } from './scar-words.ts'

/** One file of a log as it lies there. */
export interface LogFile {
  readonly name: string
  readonly lines: readonly string[]
  /** Bytes behind the last line end. */
  readonly torn: number
}

/** What only somebody with the project key can say. */
export interface LogChecks {
  hash(line: string): string
  check(sealed: SealedEntry): 'good' | 'bad' | 'unknown'
}

/** changed: a line is not as it was written; missing: entries are gone before it; order: it stands in a wrong place;
 *  foreign: it is of another log; cut: the end is gone; scar: an earlier run found something, and wrote it down;
 *  head: the signed head is gone or wrong; anchor: not what a witness saw. */
export type ProblemKind = 'changed' | 'missing' | 'order' | 'foreign' | 'cut' | 'scar' | 'head' | 'anchor'

export interface LogProblem {
  /** The file and the line in it, from 1; line 0: the file as a whole. */
  readonly file: string
  readonly line: number
  readonly kind: ProblemKind
  readonly message: string
}

export interface LogVerdict {
  readonly entries: readonly Entry[]
  /** The first is where it begins; what cannot be proved because of it follows. */
  readonly problems: readonly LogProblem[]
  readonly notes: readonly string[]
  /** The last entry; null: there is none. */
  readonly last: LogHead | null
  /** Hash of each entry, by its number. */
  readonly hashes: ReadonlyMap<number, string>
}

interface Line {
  readonly file: string
  readonly number: number
  readonly text: string
  readonly sealed: SealedEntry | null
}

/** Is every line where it was written, as it was written, and is none gone? `head`: null where there is none, `bad`
 *  where it is not of this project. */
export const verifyLog = (files: readonly LogFile[], head: LogHead | 'bad' | null, checks: LogChecks): LogVerdict => {
  const lines = files.flatMap(({ name, lines: texts }) =>
    texts.map((text, index): Line => ({ file: name, number: index + 1, text, sealed: parseLine(text) })),
  )
  const walk = walkLines(lines, checks)
  const last = files.at(-1)?.name ?? 'access.jsonl'
  const problems = [...walk.problems, ...headProblems(walk, head, last)]
  return { ...walk, problems, notes: [...walk.notes, ...tornNotes(files)] }
}

interface Walk extends Omit<LogVerdict, 'problems'> {
  readonly problems: readonly LogProblem[]
}

const walkLines = (lines: readonly Line[], checks: LogChecks): Walk => {
  const problems: LogProblem[] = []
  const notes: string[] = []
  const entries: Entry[] = []
  const hashes = new Map<number, string>()
  const present = new Set(lines.flatMap(({ sealed }) => sealed?.entry.seq ?? []))
  let unproved: Line[] = []
  let at: Before = { seq: 0, hash: noEntry, id: '', line: null, isBroken: false }
  for (const line of lines) {
    const hash = checks.hash(line.text)
    const found = judgeLine(line, at, present, checks)
    problems.push(...found.problems)
    if (found.isBreak) {
      problems.push(...unproved.map(unknownKey))
      unproved = []
    }
    if (found.verdict === 'unknown') unproved.push(line)
    if (found.verdict === 'good') unproved = []
    const entry = line.sealed?.entry ?? null
    if (entry !== null && found.verdict !== 'bad') {
      entries.push(entry)
      hashes.set(entry.seq, hash)
      if (entry.scar?.kind === 'torn') notes.push(`${where(line)}: ${scarWords(entry.scar)} (${entry.at})`)
    }
    at = {
      seq: found.verdict === 'bad' ? at.seq + 1 : Math.max(at.seq, entry?.seq ?? 0),
      hash,
      id: entry?.log ?? at.id,
      line,
      isBroken: found.verdict === 'bad',
    }
  }
  problems.push(...unproved.map(unknownKey))
  const end = entries.at(-1)
  const last = end === undefined ? null : { id: end.log, seq: end.seq, hash: hashes.get(end.seq) ?? '' }
  return { entries, problems, notes, hashes, last }
}

interface Before {
  readonly seq: number
  readonly hash: string
  readonly id: string
  /** Null: there is none. */
  readonly line: Line | null
  /** It is bad already: that it does not fit is no news. */
  readonly isBroken: boolean
}

interface Judged {
  readonly verdict: 'good' | 'bad' | 'unknown'
  readonly problems: readonly LogProblem[]
  /** What stands before is not held by this line. */
  readonly isBreak: boolean
}

const judgeLine = (line: Line, before: Before, present: ReadonlySet<number>, checks: LogChecks): Judged => {
  const { sealed } = line
  const verdict = sealed === null ? 'bad' : checks.check(sealed)
  if (sealed === null || verdict === 'bad') {
    const what = sealed === null ? 'is no entry' : 'was changed, or was not written by somebody with the project key'
    return { verdict: 'bad', problems: [problem(line, 'changed', what)], isBreak: true }
  }
  const { entry } = sealed
  const isHeld = entry.prev === before.hash
  const scarred = entry.scar !== null && entry.scar.kind !== 'torn' ? [scarProblem(line, entry, entry.scar)] : []
  if (scarred.length > 0) return { verdict, problems: scarred, isBreak: !isHeld }
  if (before.id !== '' && entry.log !== before.id) {
    return { verdict, problems: [problem(line, 'foreign', 'is of another log')], isBreak: true }
  }
  return { verdict, problems: placeProblems(line, entry, before, present, isHeld), isBreak: !isHeld }
}

const placeProblems = (
  line: Line,
  { seq }: Entry,
  before: Before,
  present: ReadonlySet<number>,
  isHeld: boolean,
): readonly LogProblem[] => {
  const due = before.seq + 1
  if (isHeld && seq === due) return []
  if (seq < due) return [problem(line, 'order', `entry ${seq} stands where entry ${due} should`)]
  if (seq > due) {
    const gap = seq - 1 === due ? `entry ${due} is` : `entries ${due} to ${seq - 1} are`
    return [
      present.has(due)
        ? problem(line, 'order', `entry ${seq} stands where entry ${due} should`)
        : problem(line, 'missing', `${gap} gone before it`),
    ]
  }
  return before.isBroken ? [] : [problem(before.line ?? line, 'changed', `is not what entry ${seq} was written after`)]
}

const headProblems = (walk: Walk, head: LogHead | 'bad' | null, file: string): readonly LogProblem[] => {
  const whole = (kind: ProblemKind, message: string): readonly LogProblem[] => [{ file, line: 0, kind, message }]
  if (head === 'bad') return whole('head', 'the signed head is not of this project')
  if (head === null) {
    const runs = new Set(walk.entries.map(({ run }) => run))
    return runs.size > 1 ? whole('head', 'the signed head is gone') : []
  }
  const { last } = walk
  const was = last?.seq ?? 0
  if (last === null && head.seq > 0) {
    return whole('cut', `the access log is gone: it had ${head.seq === 1 ? '1 entry' : `${head.seq} entries`}`)
  }
  if (head.seq > was) {
    const gone = head.seq - was === 1 ? `entry ${head.seq} is` : `entries ${was + 1} to ${head.seq} are`
    return whole('cut', `the end is cut off: ${gone} gone`)
  }
  return anchorProblem(walk, head, file, 'head', 'the signed head')
}

/** Does the log still hold what a witness saw of it? */
export const anchorProblem = (
  { hashes, last }: Pick<LogVerdict, 'hashes' | 'last'>,
  seen: LogHead,
  file: string,
  kind: 'head' | 'anchor',
  witness: string,
): readonly LogProblem[] => {
  const tell = (message: string): readonly LogProblem[] => [{ file, line: 0, kind, message }]
  if (last !== null && last.id !== seen.id) return tell(`${witness} is of another log`)
  const found = hashes.get(seen.seq)
  if (found === seen.hash) return []
  if (seen.seq > (last?.seq ?? 0)) {
    return tell(`${witness} has seen entry ${seen.seq}; the log ends with entry ${last?.seq ?? 0}`)
  }
  if (found === undefined) return tell(`${witness} has seen entry ${seen.seq}, which is gone`)
  return tell(`${witness} has seen another entry ${seen.seq} than the one that is here`)
}

const tornNotes = (files: readonly LogFile[]): readonly string[] =>
  files.flatMap(({ name, torn }) =>
    torn === 0
      ? []
      : [`${name}: ends in the middle of a line (${torn} bytes), as a crash leaves it; the next entry repairs it`],
  )

const scarProblem = (line: Line, { at }: Entry, scar: Scar): LogProblem =>
  problem(line, 'scar', `written down ${at}: ${scarWords(scar)}`)

const unknownKey = (line: Line): LogProblem =>
  problem(line, 'changed', 'is under a project key that is not known here, and nothing later holds it')

const where = ({ file, number }: Line): string => `${file}:${number}`

const problem = (line: Line, kind: ProblemKind, message: string): LogProblem => ({
  file: line.file,
  line: line.number,
  kind,
  message,
})
