import { fail } from '../core/errors.ts'
import type { Arg, Command, Flag, Flags, ParsedArg, ParsedFlag } from './command.ts'
import { nearest } from '../core/suggest.ts'
import { tooMany, unknownFlag, usage } from './refusals.ts'

/** Flags every command takes. */
export const globalFlags: Flags = {
  environment: { type: 'string', short: 'E', value: 'NAME', summary: 'which environment of the project' },
  help: { type: 'boolean', short: 'h', summary: 'say how this is used' },
  version: { type: 'boolean', short: 'V', summary: 'say which version this is' },
  json: { type: 'boolean', summary: 'print one JSON object; errors as JSON on stderr' },
  quiet: { type: 'boolean', short: 'q', summary: 'no progress, no hints; results and errors only' },
  reason: { type: 'string', value: 'TEXT', summary: 'why: for the access log (or LOCKSTEP_REASON)' },
  'break-glass': { type: 'boolean', summary: 'emergency: go on where the access log cannot be written' },
  color: { type: 'string', value: 'WHEN', choices: ['auto', 'never'], summary: 'never, or auto (a terminal)' },
}

export interface Globals {
  readonly environment: string | undefined
  readonly help: boolean
  readonly version: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly color: string | undefined
  readonly reason: string | undefined
  readonly breakGlass: boolean
}

export interface Parsed {
  readonly globals: Globals
  readonly args: Readonly<Record<string, ParsedArg>>
  readonly flags: Readonly<Record<string, ParsedFlag>>
  readonly rest: readonly string[]
}

/** Words and flags of a command line, before anything is required of them. */
interface Split {
  readonly words: readonly string[]
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly rest: readonly string[] | null
}

/** The command's name (the first word that is neither a global flag nor a global flag's value) and the arguments
 *  without it. Null when there is none. */
export const findCommand = (argv: readonly string[]): { name: string; argv: readonly string[] } | null => {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') return null
    if (!word.startsWith('-') || word === '-') {
      return { name: word, argv: [...argv.slice(0, i), ...argv.slice(i + 1)] }
    }
    if (['-E', '--environment', '--color', '--reason'].includes(word)) i++
  }
  return null
}

/** The globals alone, read leniently, so that an error in the rest can be printed as asked. */
export const peekGlobals = (
  argv: readonly string[],
): Pick<Globals, 'json' | 'quiet' | 'color' | 'help' | 'version' | 'environment'> => {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const has = (...names: readonly string[]): boolean => own.some((word) => names.includes(word))
  const colored = own.indexOf('--color')
  return {
    json: has('--json'),
    quiet: has('--quiet', '-q'),
    help: has('--help', '-h'),
    version: has('--version', '-V'),
    environment: peekEnvironment(own),
    color: has('--color=never') || (colored >= 0 && own[colored + 1] === 'never') ? 'never' : undefined,
  }
}

const peekEnvironment = (argv: readonly string[]): string | undefined => {
  for (const [i, word] of argv.entries()) {
    const [, attached] = /^(?:--environment=|-q?E)(.*)$/.exec(word) ?? []
    if (attached !== undefined && attached !== '') return attached
    if (attached === '' || word === '--environment') return argv[i + 1]
  }
  return undefined
}

/** Arguments of one command against its literal. @throws USAGE; no message repeats a word that might be a value */
export const parse = (command: Command, argv: readonly string[]): Parsed => {
  const known: Flags = { ...globalFlags, ...command.flags }
  const split = splitWords(command, known, argv)
  const values: Record<string, ParsedFlag> = {}
  for (const [name, flag] of Object.entries(known)) values[name] = flagValue(name, flag, split.given.get(name))
  const globals: Globals = {
    environment: asText(values['environment']),
    help: values['help'] === true,
    version: values['version'] === true,
    json: values['json'] === true,
    quiet: values['quiet'] === true,
    color: asText(values['color']),
    reason: checkReason(asText(values['reason'])),
    breakGlass: values['break-glass'] === true,
  }
  if (globals.help || globals.version) return { globals, args: {}, flags: values, rest: [] }
  return { globals, args: takeArgs(command, split.words), flags: values, rest: takeRest(command, split.rest) }
}

const longestReason = 500

const checkReason = (reason: string | undefined): string | undefined => {
  if (reason === undefined || reason.length <= longestReason) return reason
  throw fail('USAGE', `--reason is longer than ${longestReason} characters`)
}

const asText = (value: ParsedFlag): string | undefined => (typeof value === 'string' ? value : undefined)

const splitWords = (command: Command, known: Flags, argv: readonly string[]): Split => {
  const words: string[] = []
  const given = new Map<string, string[]>()
  const give = (name: string, value: string): void => void given.set(name, [...(given.get(name) ?? []), value])
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') {
      if (command.rest !== undefined) return { words, given, rest: argv.slice(i + 1) }
      return { words: [...words, ...argv.slice(i + 1)], given, rest: null }
    }
    if (word === '-' || !word.startsWith('-')) {
      words.push(word)
    } else {
      const used = takeFlag(known, word, argv[i + 1], give, command)
      i += used
    }
  }
  return { words, given, rest: null }
}

/** Reads one word of flags; 1 when it also used the next word as its value. */
const takeFlag = (
  known: Flags,
  word: string,
  next: string | undefined,
  give: (name: string, value: string) => void,
  command: Command,
): 0 | 1 => {
  if (!word.startsWith('--')) return takeShort(known, word, next, give, command)
  const equals = word.indexOf('=')
  const typed = equals < 0 ? word.slice(2) : word.slice(2, equals)
  const entry = Object.entries(known).find(([name, flag]) => name === typed || flag.also?.includes(typed))
  if (entry === undefined) throw unknownFlag(known, typed, command)
  const [name, flag] = entry
  if (flag.type === 'boolean') {
    if (equals >= 0) throw usage(command, `--${typed} takes no value`)
    give(name, 'true')
    return 0
  }
  if (equals >= 0) {
    give(name, word.slice(equals + 1))
    return 0
  }
  give(name, needValue(next, `--${typed}`, flag, command))
  return 1
}

/** `-qE staging`, `-Estaging`: letters that take no value may stand together. */
const takeShort = (
  known: Flags,
  word: string,
  next: string | undefined,
  give: (name: string, value: string) => void,
  command: Command,
): 0 | 1 => {
  for (let i = 1; i < word.length; i++) {
    const entry = Object.entries(known).find(([, flag]) => flag.short === word[i])
    if (entry === undefined) throw unknownFlag(known, word[i] ?? '', command)
    const [name, flag] = entry
    if (flag.type === 'boolean') {
      give(name, 'true')
      continue
    }
    const attached = word.slice(i + 1).replace(/^=/, '')
    give(name, attached === '' ? needValue(next, `-${word[i]}`, flag, command) : attached)
    return attached === '' ? 1 : 0
  }
  return 0
}

const needValue = (next: string | undefined, shown: string, flag: Flag, command: Command): string => {
  if (next !== undefined && next !== '--' && (!next.startsWith('-') || next === '-')) return next
  throw usage(command, `${shown} needs a value: ${shown} ${flag.value ?? 'VALUE'}`)
}

const flagValue = (name: string, flag: Flag, given: readonly string[] | undefined): ParsedFlag => {
  if (flag.type === 'boolean') return given !== undefined
  if (flag.type === 'list') {
    const values = (given ?? []).flatMap((value) => value.split(',')).filter((value) => value !== '')
    for (const value of values) checkChoice(`--${name}`, flag.choices, value)
    return values
  }
  if (given === undefined) return undefined
  if (given.length > 1) throw fail('USAGE', `--${name} is given more than once`)
  const value = given[0] ?? ''
  checkChoice(`--${name}`, flag.choices, value)
  if (flag.type === 'string') return value
  if (!/^\d{1,15}$/.test(value)) throw fail('USAGE', `--${name} must be a whole number`)
  return Number(value)
}

const checkChoice = (what: string, choices: readonly string[] | undefined, value: string): void => {
  if (choices === undefined || choices.includes(value)) return
  const meant = nearest(value, choices)
  throw fail(
    'USAGE',
    `${what} must be one of ${choices.join(', ')}`,
    meant === null ? {} : { hint: `did you mean ${meant}?` },
  )
}

const takeArgs = (command: Command, words: readonly string[]): Record<string, ParsedArg> => {
  const declared = command.args ?? []
  const many = declared.at(-1)?.many === true
  if (words.length > declared.length && !many) throw tooMany(command, declared, words)
  const values: Record<string, ParsedArg> = {}
  for (const [i, arg] of declared.entries()) {
    const taken = arg.many === true ? words.slice(i) : words.slice(i, i + 1)
    if (arg.required === true && taken.length === 0) throw usage(command, `${command.name} needs ${arg.name}`)
    for (const word of taken) checkWord(command, arg, word)
    values[arg.name] = arg.many === true ? taken : taken[0]
  }
  return values
}

const checkWord = (command: Command, arg: Arg, word: string): void => {
  if (arg.name === 'SECRET' && word.includes('=')) {
    throw usage(
      command,
      'a value never stands on the command line',
      `type the name alone: lockstep ${command.name} ${/^\w{1,80}(?==)/.exec(word)?.[0] ?? 'SECRET'}`,
    )
  }
  checkChoice(arg.name, arg.choices, word)
}

const takeRest = (command: Command, rest: readonly string[] | null): readonly string[] => {
  if (command.rest?.required === true && (rest === null || rest.length === 0)) {
    throw usage(command, `${command.name} needs -- ${command.rest.name}`)
  }
  return rest ?? []
}
