import { isoTime } from '../core/duration.ts'
import { counted } from '../core/names.ts'
import type { Chosen } from '../core/log/choose.ts'
import type { Entry, Names } from '../core/log/entry.ts'
import { csvOf, linesOf } from '../core/log/export.ts'
import type { LogProblem, LogVerdict } from '../core/log/verify.ts'
import type { Result } from './command.ts'
import { noteLine } from './note-line.ts'
import { jsonText } from './output.ts'
import { table } from './table.ts'

/** What `log verify` says. */
export const verifyResult = ({ entries, problems, notes, last }: LogVerdict): Result => {
  const json = { count: entries.length, problems, notes, head: last }
  const noted = notes.map(noteLine)
  if (problems.length > 0) {
    const first = problems.slice(0, 20).map(problemLine)
    const more = problems.length > 20 ? [`and ${problems.length - 20} more`] : []
    const text = [
      ...first,
      ...more,
      ...noted,
      `the access log is not as it was written: ${counted(problems.length, 'problem')}`,
    ]
    const next = 'lockstep audit: it tells this until somebody accepts it (ACCESS-LOG-CHANGED in docs/findings.md)'
    return { text: text.join('\n'), json, exit: 'TAMPERED', next }
  }
  const says =
    last === null
      ? 'there is no entry yet'
      : `${entries.length} entries, all as they were written; the last is ${last.seq} of log ${last.id.slice(0, 8)}`
  return { text: [...noted, says].join('\n'), json }
}

const problemLine = ({ file, line, message }: LogProblem): string =>
  `${line === 0 ? file : `${file}:${line}`}: ${message}`

/** What `log show` says. */
export const showResult = ({ entries, older }: Chosen, { problems }: Pick<LogVerdict, 'problems'>): Result => {
  const json = { entries, older, problems }
  const warned = problems.length === 0 ? {} : { next: 'lockstep log verify: the log is not as it was written' }
  if (entries.length === 0) return { text: 'no entry is like that', json, ...warned }
  const rows = entries.map((entry) => [
    String(entry.seq),
    wholeSeconds(entry.at),
    whoWord(entry),
    entry.command,
    entry.result,
    aboutWords(entry.names),
    entry.why ?? '',
  ])
  const text = table([['SEQ', 'AT', 'WHO', 'COMMAND', 'RESULT', 'ABOUT', 'WHY'], ...rows])
  if (older === 0) return { text, json, ...warned }
  const cut = noteLine(
    `${older} older ${older === 1 ? 'one is' : 'ones are'} not shown: --last ${entries.length + older}`,
  )
  return { text: `${text.trimEnd()}\n${cut}`, json, ...warned }
}

const whoWord = ({ who, mark }: Entry): string => {
  const person = who.operator === null || who.operator === who.user ? who.user : `${who.operator} (${who.user})`
  const by = who.sudo === null ? person : `${person} by sudo of ${who.sudo}`
  return mark === null ? by : `${by}, ${markWords[mark.kind]} ${wholeSeconds(mark.at)}`
}

/** As people are told times. */
const wholeSeconds = (iso: string): string => isoTime(Date.parse(iso))

const markWords = { glass: 'BREAK-GLASS', refused: 'refused', late: 'written down later' } as const

const aboutWords = ({
  secrets = [],
  groups = [],
  hosts = [],
  files = [],
  password = false,
  more = 0,
}: Names): string => {
  const parts = [
    ...(secrets.length > 0 ? [shortened(secrets, more)] : groups.length > 0 ? [`group ${shortened(groups, 0)}`] : []),
    ...(hosts.length > 0 ? [`for ${shortened(hosts, 0)}`] : []),
    ...(files.length > 0 ? [shortened(files, 0)] : []),
    ...(password ? ['the project password'] : []),
  ]
  return parts.join(', ')
}

const shortened = (names: readonly string[], more: number): string => {
  const left = names.length - 4 + more
  return left > 0 ? `${names.slice(0, 4).join(' ')} and ${left} more` : names.join(' ')
}

export const exportFormats = ['lines', 'json', 'csv'] as const

/** What `log export` prints: data for a program, whatever is wrong with the log; the exit status says so. */
export const exportResult = (
  entries: readonly Entry[],
  { problems }: Pick<LogVerdict, 'problems'>,
  format: (typeof exportFormats)[number],
): Result => {
  const json = { entries, problems }
  const document = { lines: linesOf, csv: csvOf, json: () => jsonText(json) }[format](entries)
  const text = new TextEncoder().encode(document)
  if (problems.length === 0) return { text, json }
  return { text, json, exit: 'TAMPERED', next: 'lockstep log verify: the log is not as it was written' }
}
