import { saysOf } from './belonging.ts'
import { areas, type Arg, type Command, type Flag, type Flags } from './command.ts'
import { globalFlags } from './globals.ts'
import { mostChoices } from './refusals.ts'
import { table } from './table.ts'

/** `lockstep get [flags] SECRET` */
export const usageLine = (command: Command): string => {
  const words = ['lockstep', command.name]
  if (command.flags !== undefined && Object.keys(command.flags).length > 0) words.push('[flags]')
  words.push(...(command.args ?? []).map(argWord))
  if (command.rest !== undefined)
    words.push(command.rest.required ? `-- ${command.rest.name}` : `[-- ${command.rest.name}]`)
  return words.join(' ')
}

const argWord = (arg: Arg): string => {
  const name = `${arg.choices?.join('|') ?? arg.name}${arg.many === true ? '...' : ''}`
  const word = [...(arg.actions ?? []), name].join('|')
  return arg.required === true ? word : `[${word}]`
}

/** `-g, --group GROUP` */
export const flagWord = (name: string, flag: Flag): string => {
  const value = flag.type === 'boolean' ? '' : ` ${flag.value ?? (flag.type === 'integer' ? 'N' : 'VALUE')}`
  const names = [name, ...(flag.also ?? [])].map((long) => `--${long}`)
  return `${flag.short === undefined ? '    ' : `-${flag.short}, `}${names.join(', ')}${value}`
}

const flagRows = (flags: Flags): string =>
  indent(table(Object.entries(flags).map(([name, flag]) => [flagWord(name, flag), flagSummary(flag)])))

/** With the choices, unless the summary names them already, or there are too many to be read here. */
export const flagSummary = (flag: Flag): string =>
  flag.choices === undefined ||
  flag.choices.length > mostChoices ||
  flag.choices.every((choice) => flag.summary.includes(choice))
    ? saysOf(flag)
    : `${saysOf(flag)} (${flag.choices.join(', ')})`

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ')

/** The whole help of one command: usage, what it does, arguments, flags, examples. */
export const commandHelp = (command: Command): string => {
  const parts = [`${command.summary}\n`, `usage\n  ${usageLine(command)}\n`]
  if (command.about !== undefined) parts.push(`${command.about.trim()}\n`)
  const args = [...(command.args ?? []), ...(command.rest === undefined ? [] : [command.rest])]
  if (args.length > 0) parts.push(`arguments\n${indent(table(args.map((arg) => [arg.name, saysOf(arg)])))}`)
  if (command.flags !== undefined) parts.push(`flags\n${flagRows(command.flags)}`)
  parts.push(`flags of every command\n${flagRows(globalFlags)}`)
  if (command.examples.length > 0) {
    parts.push(`examples\n${indent(table(command.examples.map((example) => [example.line, example.says])))}`)
  }
  return parts.join('\n')
}

/** All commands by area, then how to go on. */
export const overallHelp = (commands: readonly Command[]): string => {
  const parts = ['lockstep: secrets of a small fleet, encrypted in the project, delivered to each host its own\n']
  const shown = commands.filter((command) => command.hidden !== true)
  for (const area of areas) {
    const rows = shown.filter((command) => command.area === area).map((command) => [command.name, command.summary])
    if (rows.length > 0) parts.push(`${area}\n${indent(table(rows))}`)
  }
  parts.push(`flags of every command\n${flagRows(globalFlags)}`)
  parts.push('lockstep COMMAND --help says more, with examples\n')
  return parts.join('\n')
}
