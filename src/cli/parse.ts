import { fail } from '../core/errors.ts'
import { checkBelonging } from './belonging.ts'
import type { Arg, Command, Flag, Flags, ParsedArg, ParsedFlag } from './command.ts'
import { globalFlags, type Globals } from './globals.ts'
import { checkChoice, tooMany, usage } from './refusals.ts'
import { splitWords, type Split } from './split-words.ts'

export interface Parsed {
  readonly globals: Globals
  readonly args: Readonly<Record<string, ParsedArg>>
  readonly flags: Readonly<Record<string, ParsedFlag>>
  readonly rest: readonly string[]
}

/** Arguments of one command against its literal. @throws USAGE; no message repeats a word that might be a value */
export const parse = (command: Command, argv: readonly string[]): Parsed => {
  const known: Flags = { ...globalFlags, ...command.flags }
  const split = splitWords(command, known, argv)
  const values: Record<string, ParsedFlag> = {}
  for (const [name, flag] of Object.entries(known)) values[name] = flagValue(command, name, flag, split.given.get(name))
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
  const [args, rest] = [takeArgs(command, split), takeRest(command, split.rest)]
  checkBelonging(command, { args, flags: new Set(split.given.keys()), rest })
  return { globals, args, flags: values, rest }
}

const longestReason = 500

const checkReason = (reason: string | undefined): string | undefined => {
  if (reason === undefined || reason.length <= longestReason) return reason
  throw fail('USAGE', `--reason is longer than ${longestReason} characters`, {
    at: '--reason',
    hint: 'a sentence, or the number of a ticket that says more',
  })
}

const asText = (value: ParsedFlag): string | undefined => (typeof value === 'string' ? value : undefined)

const flagValue = (command: Command, name: string, flag: Flag, given: readonly string[] | undefined): ParsedFlag => {
  if (flag.type === 'boolean') return given !== undefined
  if (flag.type === 'list') {
    const values = (given ?? []).flatMap((value) => value.split(',')).filter((value) => value !== '')
    for (const value of values) checkChoice(command, `--${name}`, flag, value)
    return values
  }
  if (given === undefined) return undefined
  if (given.length > 1) throw usage(command, `--${name} is given more than once`, 'leave one of the two out')
  const value = given[0] ?? ''
  checkChoice(command, `--${name}`, flag, value)
  if (flag.type === 'string') return value
  if (!/^\d{1,15}$/.test(value)) throw usage(command, `--${name} must be a whole number`)
  return Number(value)
}

const takeArgs = (command: Command, split: Split): Record<string, ParsedArg> => {
  const { words } = split
  const declared = command.args ?? []
  const many = declared.at(-1)?.many === true
  if (words.length > declared.length && !many) throw tooMany(command, declared, split)
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
  checkChoice(command, arg.name, arg, word)
}

const takeRest = (command: Command, rest: readonly string[] | null): readonly string[] => {
  if (command.rest?.required === true && (rest === null || rest.length === 0)) {
    throw usage(command, `${command.name} needs -- ${command.rest.name}`)
  }
  return rest ?? []
}
