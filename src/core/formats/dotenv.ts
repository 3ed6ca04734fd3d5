import { scanDotenv, type Assignment } from './dotenv-scan.ts'
import { formatDotenvEntry, quoteDotenv, textOf } from './dotenv-value.ts'
import { Secret } from '../secret.ts'

export { formatDotenvEntry }

/** One assignment of a dotenv file. An empty value is a value; a name that is not there is absent. */
export interface DotenvEntry {
  readonly name: string
  readonly value: Secret
  /** Line the assignment starts on, from 1. */
  readonly line: number
}

/** Reads the strict dialect of docs/file-formats.md: a file means what `sh` says it means, and where a shell would run,
 *  expand or split something it is refused. `at` names the file in errors.
 *  @throws CONFIG with file, line and column, never with any of the text */
export const parseDotenv = (text: string, options: { readonly at?: string } = {}): readonly DotenvEntry[] =>
  scanDotenv(text, options.at).assignments.map(({ name, value, line }) => ({ name, value: new Secret(value), line }))

/** The file with these values changed: comments, order, `export` and the quoting of what does not change stay.
 *  Null removes; names not there yet are added at the end in the order of `changes`.
 *  @throws CONFIG when `text` cannot be read; USAGE for a bad name or a value that is not text */
export const updateDotenv = (text: string, changes: ReadonlyMap<string, Secret | null>): string => {
  const scanned = scanDotenv(text)
  const present = new Set(scanned.assignments.map(({ name }) => name))
  let result = ''
  let copied = 0
  for (const assignment of scanned.assignments) {
    const change = changes.get(assignment.name)
    if (change === undefined) continue
    const [from, to, instead] = replacement(assignment, change)
    result += scanned.text.slice(copied, from) + instead
    copied = to
  }
  result += scanned.text.slice(copied)
  if (result !== '' && !result.endsWith('\n')) result += '\n'
  for (const [name, value] of changes) {
    if (value !== null && !present.has(name)) result += `${formatDotenvEntry(name, value)}\n`
  }
  return result
}

/** From where to where, and what instead; a value that is the same already keeps its spelling. */
const replacement = (assignment: Assignment, change: Secret | null): readonly [number, number, string] => {
  if (change === null) return [assignment.from, assignment.to, '']
  const text = textOf(assignment.name, change)
  const { valueFrom, valueTo } = assignment
  return text === assignment.value ? [valueFrom, valueFrom, ''] : [valueFrom, valueTo, quoteDotenv(text)]
}
