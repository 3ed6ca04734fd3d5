import { quoted } from '../core/host-text.ts'
import { saysOf } from './belonging.ts'
import type { Arg, Command, Flag, Flags } from './command.ts'
import { globalFlags } from './globals.ts'

/** The completion script of one shell, generated from the commands' literals. */
export const completionScript = (shell: string, commands: readonly Command[]): string => {
  const shown = commands.filter((command) => command.hidden !== true)
  if (shell === 'zsh') return zsh(shown)
  if (shell === 'fish') return fish(shown)
  return bash(shown)
}

const flagsOf = (command: Command | null): readonly (readonly [string, Flag])[] =>
  Object.entries<Flag>({ ...command?.flags, ...globalFlags })

const longNames = ([name, flag]: readonly [string, Flag]): readonly string[] =>
  [name, ...(flag.also ?? [])].map((long) => `--${long}`)

const allNames = (entry: readonly [string, Flag]): readonly string[] => [
  ...longNames(entry),
  ...(entry[1].short === undefined ? [] : [`-${entry[1].short}`]),
]

const takesValue = ([, flag]: readonly [string, Flag]): boolean => flag.type !== 'boolean'

/** Names of the global flags whose value must be stepped over to find the command. */
const valued = (flags: Flags): readonly string[] => Object.entries(flags).filter(takesValue).flatMap(allNames)

const choicesOf = (args: readonly Arg[] | undefined): readonly string[] => (args ?? []).flatMap(wordsOf)

const wordsOf = ({ choices, actions = [] }: Arg): readonly string[] => choices ?? actions

/** What `compgen -W` offers for one command, and `file` where a file's name may stand. */
const bash = (commands: readonly Command[]): string => {
  const names = commands.map((command) => command.name).join(' ')
  const cases = commands.map((command) => {
    const flags = flagsOf(command).flatMap(longNames).join(' ')
    const values = flagsOf(command)
      .filter(takesValue)
      .map((entry) => `      ${allNames(entry).join('|')}) words='${entry[1].choices?.join(' ') ?? ''}'; value=1 ;;`)
    return `  ${command.name})
    words='${[...choicesOf(command.args)].join(' ')}' flags='${flags}'
    case $prev in
${values.join('\n')}
    esac ;;`
  })
  return `_lockstep() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local command='' words='' flags='' value='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    ${valued(globalFlags).join('|')}) ((i++)) ;;
    --) COMPREPLY=(); return ;;
    -*) ;;
    *) if [[ -z $command ]]; then command=\${COMP_WORDS[i]}; fi ;;
    esac
  done
  case $command in
  '') words='${names} help' flags='${flagsOf(null).flatMap(longNames).join(' ')}' ;;
${cases.join('\n')}
  esac
  if [[ $cur == -* && -z $value ]]; then words=$flags; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _lockstep lockstep
`
}

const zsh = (commands: readonly Command[]): string => {
  const names = commands.map((command) => `    ${quoted(`${command.name}:${command.summary}`)}`)
  const cases = commands.map((command) => {
    const specs = [
      ...flagsOf(command).map(zshFlag),
      ...(command.args ?? []).map(
        (arg) =>
          `'${arg.many === true ? '*' : ''}:${arg.name}:${wordsOf(arg).length === 0 ? '_files' : `(${wordsOf(arg).join(' ')})`}'`,
      ),
      ...(command.rest === undefined ? [] : [`'*::${command.rest.name}:_normal'`]),
    ]
    return `  ${command.name}) _arguments -s ${specs.join(' ')} ;;`
  })
  return `#compdef lockstep
_lockstep() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  local i at=0
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
    ${valued(globalFlags).join('|')}) ((i++)) ;;
    -*) ;;
    *) at=$i; break ;;
    esac
  done
  if ((at == 0)); then
    if [[ $words[CURRENT] == -* ]]; then _arguments -s ${flagsOf(null).map(zshFlag).join(' ')}
    else _describe command commands; fi
    return
  fi
  local chosen=$words[at]
  words=("\${(@)words[at,-1]}")
  ((CURRENT -= at - 1))
  case $chosen in
${cases.join('\n')}
  esac
}
compdef _lockstep lockstep
`
}

const zshFlag = (entry: readonly [string, Flag]): string => {
  const [, flag] = entry
  const says = saysOf(flag).replace(/[[\]:\\]/g, '\\$&')
  const value = takesValue(entry)
    ? `:${flag.value ?? 'value'}:${flag.choices === undefined ? '_files' : `(${flag.choices.join(' ')})`}`
    : ''
  return allNames(entry)
    .map((name) => quoted(`${flag.type === 'list' ? '*' : ''}${name}[${says}]${value}`))
    .join(' ')
}

const fish = (commands: readonly Command[]): string => {
  const lines = [
    'function __lockstep_no_command',
    `  not __fish_seen_subcommand_from ${commands.map((command) => command.name).join(' ')}`,
    'end',
  ]
  for (const entry of flagsOf(null)) lines.push(fishFlag(entry, null))
  for (const command of commands) {
    const seen = `__fish_seen_subcommand_from ${command.name}`
    lines.push(`complete -c lockstep -f -n __lockstep_no_command -a ${command.name} -d ${fishQuote(command.summary)}`)
    for (const entry of Object.entries<Flag>({ ...command.flags })) lines.push(fishFlag(entry, seen))
    const choices = choicesOf(command.args)
    if (choices.length > 0)
      lines.push(`complete -c lockstep -f -n ${fishQuote(seen)} -a ${fishQuote(choices.join(' '))}`)
  }
  return `${lines.join('\n')}\n`
}

const fishQuote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`

const fishFlag = (entry: readonly [string, Flag], condition: string | null): string => {
  const [name, flag] = entry
  const words = ['complete -c lockstep', ...[name, ...(flag.also ?? [])].map((long) => `-l ${long}`)]
  if (condition !== null) words.push(`-n ${fishQuote(condition)}`)
  if (flag.short !== undefined) words.push(`-s ${flag.short}`)
  if (takesValue(entry)) words.push('-r')
  if (flag.choices !== undefined) words.push(`-f -a ${fishQuote(flag.choices.join(' '))}`)
  return `${words.join(' ')} -d ${fishQuote(saysOf(flag))}`
}
