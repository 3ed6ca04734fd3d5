import { shellWord } from '../core/host-text.ts'

/** What of a command line shapes a plan. */
export interface Planned {
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  /** What stood after `--`. */
  readonly rest: readonly string[]
}

/** The command that carries out this very plan, or what is as it says (null): with every flag it was made with, `-E` aside,
 *  which is added where commands are printed. */
export const again = (verb: string, { flags, rest }: Planned, plan: string | null): string => {
  const words = Object.entries(flags).flatMap(([name, value]) => (names.has(name) ? wordsOf(name, value) : []))
  return ['lockstep', verb, ...words, ...(plan === null ? [] : ['--expect', plan]), ...restOf(rest)].join(' ')
}

/** Another command, for the same hosts and reached in the same way. */
export const sameHosts = (line: string, { hosts, rest }: SameHosts): string =>
  [line, ...(hosts === undefined ? [] : wordsOf('hosts', hosts)), ...restOf(rest)].join(' ')

export interface SameHosts {
  /** As it was asked; undefined: all of them. */
  readonly hosts: string | undefined
  readonly rest: Planned['rest']
}

const restOf = (rest: Planned['rest']): readonly string[] => (rest.length === 0 ? [] : ['--', ...withoutValues(rest)])

/** `check` and `expect` are what changes. */
const names: ReadonlySet<string> = new Set([
  'hosts',
  'again',
  'take-over',
  'without-ledger',
  'roll-back',
  'replace-files',
  'forget',
  'accept-rolled-back',
  'watch',
  'no-watch',
  'forget-events',
  'due',
  'emergency',
  'exposed-by',
  'allow-missing',
  'abandon',
  'abandon-host',
])

const wordsOf = (name: string, value: Planned['flags'][string]): readonly string[] => {
  if (value === true) return [`--${name}`]
  if (value === undefined || value === false) return []
  return [value].flat().flatMap((one) => [`--${name}`, shellWord(one)])
}

/** Variables may be passwords, and this line ends up in logs: of those given one by one the value is left to be typed. */
const withoutValues = (rest: readonly string[]): readonly string[] =>
  rest.map((word, index) => {
    if (/^(-[A-Za-z]*e|--e[a-z-]*)$/.test(rest[index - 1] ?? '')) return variable(word)
    const [, flag = '', value = ''] = /^(-e|--e[a-z-]*=)(.+)$/s.exec(word) ?? []
    if (flag !== '') return `${flag}${variable(value)}`
    return /^-[\w./:@%+,=-]+$/.test(word) ? word : shellWord(word)
  })

const variable = (word: string): string =>
  word.startsWith('@') ? shellWord(word) : `${/^\w+=/.exec(word)?.[0] ?? ''}…`
