import { canonical } from '../canonical.ts'
import type { Entry } from './entry.ts'
import { plainEntry } from './entry-text.ts'

/** One JSON object on each line, as in the log but for the MAC. */
export const linesOf = (entries: readonly Entry[]): string =>
  entries.map((entry) => `${canonical(plainEntry(entry))}\n`).join('')

/** A line of headings, then one for each entry. */
export const csvOf = (entries: readonly Entry[]): string =>
  [columns.map(([heading]) => heading), ...entries.map((entry) => columns.map(([, of]) => of(entry)))]
    .map((row) => `${row.map(cell).join(',')}\n`)
    .join('')

type Column = readonly [heading: string, of: (entry: Entry) => string]

const columns: readonly Column[] = [
  ['seq', ({ seq }) => String(seq)],
  ['at', ({ at }) => at],
  ['action', ({ action }) => action],
  ['command', ({ command }) => command],
  ['result', ({ result }) => result],
  ['operator', ({ who }) => who.operator ?? ''],
  ['user', ({ who }) => who.user],
  ['uid', ({ who }) => String(who.uid)],
  ['sudo', ({ who }) => who.sudo ?? ''],
  ['pid', ({ who }) => String(who.pid)],
  ['parent', ({ who }) => who.parent?.name ?? ''],
  ['machine', ({ who }) => who.host],
  ['secrets', ({ names }) => (names.secrets ?? []).join(' ')],
  ['more', ({ names }) => String(names.more ?? 0)],
  ['groups', ({ names }) => (names.groups ?? []).join(' ')],
  ['hosts', ({ names }) => (names.hosts ?? []).join(' ')],
  ['files', ({ names }) => (names.files ?? []).join(' ')],
  ['password', ({ names }) => String(names.password ?? false)],
  ['why', ({ why }) => why ?? ''],
  ['mark', ({ mark }) => (mark === null ? '' : `${mark.kind} ${mark.at}`)],
  ['scar', ({ scar }) => scar?.kind ?? ''],
  ['run', ({ run }) => run],
  ['log', ({ log }) => log],
]

/** Quoted; what a spreadsheet would take for a formula is made text. */
const cell = (text: string): string => `"${(/^[=+\-@\t]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
